//! Whether a fix mends: the guest after it is judged anew, and compared.
//!
//! The rule: **a fix is offered when its problem is gone after it and every error that is there
//! then was there before.** Both guests are judged by every rule and until QEMU has started,
//! whatever is told to the user: what is silenced, or a warning where the definition is all that
//! counts, is wrong all the same.
//!
//! Errors are the same when they have the same code and the same device to look at first, named as
//! before the fix. The others do not matter: of three devices at one address the second and the
//! third conflict with the first, and when that one is moved the third still does, with the second.
//! What libvirt adds is counted, not named: how many controllers it needs, and which of them gets
//! no place, follows from everything else.

use std::collections::{HashMap, HashSet};

use super::checked::Checked;
use super::compare::Trace;
use super::plan::plan;
use super::revision::Revision;
use super::trace::trace;
use crate::check::Allowed;
use crate::model::{Change, Code, DeviceKey, Fix, Problem, Severity};

/// What is wrong with a guest, by code and device.
pub(super) struct Verdict {
    written: HashSet<DeviceKey>,
    counts: HashMap<Said, Count>,
}

/// A problem's code, and the device to look at first where that is written.
type Said = (Code, Option<DeviceKey>);

/// How often it is told, and how often as an error.
#[derive(Clone, Copy, Default)]
struct Count {
    all: usize,
    errors: usize,
}

impl Verdict {
    /// What is wrong with the guest as it is.
    pub(super) fn of(revision: &Revision) -> Self {
        let mut verdict = Self::unjudged(revision);
        for problem in &judge(revision) {
            verdict.add(problem, verdict.said(problem));
        }
        verdict
    }

    /// What is wrong once `fix` is done; `None` when it cannot be done.
    fn after(fix: &Fix, revision: &Revision) -> Option<Self> {
        let edit = plan(revision, &fix.change).ok()?;
        let text = edit.apply(revision.document.text()).ok()?;
        let after = Revision::build(text).ok()?;
        let trace = trace(revision.guest().domain, after.guest().domain, &fix.change);
        let mut verdict = Self::unjudged(&after);
        for problem in &judge(&after) {
            verdict.add(problem, named(verdict.said(problem), &trace));
        }
        Some(verdict)
    }

    fn unjudged(revision: &Revision) -> Self {
        let written = revision.domain.devices.iter().map(|device| device.key).collect();
        Self { written, counts: HashMap::new() }
    }

    fn said(&self, problem: &Problem) -> Said {
        let first = problem.devices.first().copied();
        (problem.code.clone(), first.filter(|key| self.written.contains(key)))
    }

    fn add(&mut self, problem: &Problem, said: Said) {
        let count = self.counts.entry(said).or_default();
        count.all += 1;
        count.errors += usize::from(problem.severity == Severity::Error);
    }

    fn count(&self, said: &Said) -> Count {
        self.counts.get(said).copied().unwrap_or_default()
    }

    /// Whether `fix` mends `problem` of this guest and breaks nothing.
    pub(super) fn is_mended(&self, problem: &Problem, fix: &Fix, revision: &Revision) -> bool {
        let Some(after) = Self::after(fix, revision) else { return false };
        let mine = self.said(problem);
        let is_less = after.count(&mine).all < self.count(&mine).all;
        is_less && after.counts.iter().all(|(said, after)| after.errors <= self.count(said).errors)
    }
}

/// Everything that is wrong, silenced or not.
fn judge(revision: &Revision) -> Vec<Problem> {
    Checked::of(revision, &Allowed::default()).problems
}

/// The same in the names of before. What is new has a number that nobody had.
fn named((code, device): Said, trace: &Trace) -> Said {
    let before = |key: DeviceKey| {
        let new = DeviceKey::new(key.class, u32::MAX - key.nth);
        trace.get(&key).copied().unwrap_or(new)
    };
    (code, device.map(before))
}

/// The errors and warnings of `after` that `before` did not have, named as `after` names its devices.
///
/// `change` is what was done in between. What was wrong before stays somebody else's.
pub fn new_problems(before: &Revision, after: &Revision, change: &Change) -> Vec<Problem> {
    let known = Verdict::of(before);
    let trace = trace(before.guest().domain, after.guest().domain, change);
    let mut verdict = Verdict::unjudged(after);
    let mut problems = judge(after);
    problems.retain(|problem| {
        let said = named(verdict.said(problem), &trace);
        verdict.add(problem, said.clone());
        problem.severity > Severity::Note && verdict.count(&said).all > known.count(&said).all
    });
    problems
}
