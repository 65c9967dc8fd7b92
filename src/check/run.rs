//! Every rule over one guest.

use super::evidence::Evidence;
use super::{Allowed, RULES, rule};
use crate::model::Problem;
use crate::topology::Refusal;

/// Everything that is wrong with a guest and not `allowed`, in the order of the text; what stands
/// at one place with the worst first.
pub fn run(evidence: &Evidence<'_>, allowed: &Allowed) -> Vec<Problem> {
    let mut problems = evidence.told.clone();
    problems.extend(evidence.refusals.iter().map(|refusal| located(evidence, refusal)));
    for find in RULES.iter().filter_map(|rule| rule.find) {
        find(evidence, &mut problems);
    }
    let in_text = Allowed::in_text(evidence.document, evidence.domain);
    problems.retain(|problem| !allowed.allows(problem) && !in_text.allows(problem));
    for problem in &mut problems {
        if problem.spans.is_empty() {
            problem.spans.push(evidence.whole());
        }
        if let Some(mend) = rule(problem.code.0).and_then(|rule| rule.mend) {
            problem.fixes = mend(evidence, problem);
        }
    }
    problems.sort_by(|one, other| {
        let key = |problem: &Problem| problem.spans.first().map(|span| span.start);
        (key(one), std::cmp::Reverse(one.severity), &one.code).cmp(&(
            key(other),
            std::cmp::Reverse(other.severity),
            &other.code,
        ))
    });
    problems
}

/// A refusal with the places of its devices in the text.
fn located(evidence: &Evidence<'_>, refusal: &Refusal) -> Problem {
    let mut problem = Problem::from(refusal.clone());
    let devices = problem.devices.iter().filter_map(|key| evidence.device(*key));
    // As written: an address that was chosen has no place in the text.
    problem.spans = devices.filter_map(|device| evidence.spot(device)).collect();
    problem
}
