//! Every rule over one guest.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::evidence::Evidence;
use super::{Allowed, RULES, rule};
use crate::model::{Change, Code, Device, DeviceKey, Fix, Problem};

/// Everything that is wrong with a guest and not silenced in its document, in the order of the
/// text; what stands at one place with the worst first. Nothing has fixes yet.
pub fn find_problems(evidence: &Evidence<'_>) -> Vec<Problem> {
    let mut problems = evidence.told.clone();
    problems.extend_from_slice(evidence.refusals);
    for find in RULES.iter().filter_map(|rule| rule.stage.find()) {
        find(evidence, &mut problems);
    }
    let in_text = Allowed::in_text(evidence.document, evidence.domain);
    problems.retain(|problem| !in_text.allows(problem));
    tell_once(&mut problems, evidence);
    for problem in &mut problems {
        if problem.spans.is_empty() {
            // A device that libvirt adds has no place in the text.
            let devices = problem.devices.iter().filter_map(|key| evidence.device(*key));
            problem.spans = devices.filter_map(|device| evidence.spot(device)).collect();
        }
        if problem.spans.is_empty() {
            problem.spans.push(evidence.whole());
        }
    }
    problems.sort_by(|one, other| {
        let key = |problem: &Problem| problem.spans.first().map(|span| span.start);
        (key(one), std::cmp::Reverse(one.severity), one.code).cmp(&(
            key(other),
            std::cmp::Reverse(other.severity),
            other.code,
        ))
    });
    problems
}

/// How many problems of a guest get fixes.
const MENDED: usize = 256;

/// Looks for what would mend each problem of a guest.
pub fn offer_fixes(evidence: &Evidence<'_>, problems: &mut [Problem]) {
    // Nobody mends thousands of problems one by one.
    for problem in problems.iter_mut().take(MENDED) {
        if let Some(mend) = rule(problem.code).and_then(|rule| rule.mend) {
            problem.fixes = mend(evidence, problem);
            tell_apart(&mut problem.fixes);
        }
    }
    mend_together(problems);
}

/// Of what is wrong with controllers that libvirt would add the same is told once: they come by the
/// dozen, and stand nowhere in the text.
fn tell_once(problems: &mut Vec<Problem>, evidence: &Evidence<'_>) {
    let is_added = |key: &DeviceKey| evidence.device(*key).is_some_and(Device::is_implied);
    let mut known = HashSet::new();
    problems.retain(|problem| {
        let is_of_added = !problem.devices.is_empty() && problem.devices.iter().all(is_added);
        !is_of_added || known.insert((problem.code, problem.message.clone()))
    });
}

/// Says in titles that are the same which device is meant.
fn tell_apart(fixes: &mut [Fix]) {
    let titles: Vec<String> = fixes.iter().map(|fix| fix.title.clone()).collect();
    for fix in fixes {
        let Some(device) = fix.change.device() else { continue };
        if titles.iter().filter(|title| **title == fix.title).count() > 1 {
            fix.title = format!("{} ({device})", fix.title);
        }
    }
}

/// Problems of one rule that each want an address removed want it together: many come from one slip,
/// such as a hub that was taken away.
fn mend_together(problems: &mut [Problem]) {
    let mut together: BTreeMap<Code, BTreeSet<DeviceKey>> = BTreeMap::new();
    let removed = |fix: &Fix| match fix.change {
        Change::RemoveAddress(device) => Some(device),
        _ => None,
    };
    for problem in problems.iter() {
        let first = problem.fixes.iter().find_map(removed);
        together.entry(problem.code).or_default().extend(first);
    }
    for problem in problems {
        // The first of them offers it.
        let Some(devices) = together.remove(&problem.code) else { continue };
        if devices.len() > 1 {
            let title = format!("remove all {} addresses with this problem", devices.len());
            let changes = devices.into_iter().map(Change::RemoveAddress).collect();
            problem.fixes.push(Fix::new(title, Change::Batch(changes)));
        }
    }
}
