//! A revision with everything that is wrong with it, and fixes that were tried.

use super::revision::Revision;
use super::tried::Verdict;
use crate::assign::surprises;
use crate::check::{Allowed, Evidence, find_problems, offer_fixes, rule};
use crate::model::{Problem, Severity};

/// How many problems of a guest get their fixes tried, at most; each try is a whole check.
const TRIED: usize = 64;

/// How many devices are looked at for all tries together, so that a guest with thousands of
/// devices and problems is told about in a moment too.
const LOOKED_AT: usize = 100_000;

/// What follows from a revision when somebody asks whether it is right.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Everything that is wrong, in the order of the text.
    pub problems: Vec<Problem>,
}

impl Checked {
    /// Checks `revision`, leaving out what is `allowed`. Fixes are not tried yet.
    pub fn of(revision: &Revision, allowed: &Allowed) -> Self {
        let evidence = evidence(revision);
        let mut problems = find_problems(&evidence, allowed);
        offer_fixes(&evidence, &mut problems);
        Self { problems }
    }

    /// Judges as libvirt does when the guest is defined: what only QEMU will refuse, at start, is a
    /// warning then.
    pub fn until_defined(&mut self) {
        for problem in &mut self.problems {
            if rule(problem.code.0).is_some_and(|rule| rule.at_start) {
                problem.severity = Severity::Warning;
            }
        }
    }

    /// Tries every fix and keeps those that mend without breaking anything else.
    pub fn try_fixes(&mut self, revision: &Revision) {
        if self.problems.iter().all(|problem| problem.fixes.is_empty()) {
            return;
        }
        let before = Verdict::of(revision);
        let devices = revision.assignment.domain.devices.len().max(1);
        let mut left = LOOKED_AT / devices;
        for (nth, problem) in self.problems.iter_mut().enumerate() {
            // The first problems get theirs: who mends them will ask again.
            if nth >= TRIED || left < problem.fixes.len() {
                problem.fixes.clear();
            }
            left = left.saturating_sub(problem.fixes.len());
            let mut fixes = std::mem::take(&mut problem.fixes);
            fixes.retain(|fix| before.is_mended(problem, fix, revision));
            problem.fixes = fixes;
        }
    }
}

/// Everything that is wrong, silenced or not, and no fixes.
pub(super) fn judge(revision: &Revision) -> Vec<Problem> {
    find_problems(&evidence(revision), &Allowed::default())
}

fn evidence(revision: &Revision) -> Evidence<'_> {
    let Revision { document, domain, assignment, topology, problems } = revision;
    let mut told = problems.clone();
    told.extend(surprises(domain, assignment));
    Evidence::new(document, domain, (&assignment.domain, topology), told, &assignment.refusals)
}
