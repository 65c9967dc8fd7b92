//! What a change does to what is wrong: the guest after it is judged anew, and compared.
//!
//! The rule of fixes: **a fix is offered when its problem is gone after it and every error that is there
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

use super::plan::plan;
use super::revision::Revision;
use super::trace::{removed, trace};
use super::written::Written;
use crate::model::{Change, Code, DeviceKey, Fix, Problem, Severity};

/// The errors and warnings of `after` that `before` did not have, named as `after` names its devices.
///
/// `change` is what was done in between. What was wrong before stays somebody else's.
pub fn new_problems(before: &Revision, after: &Revision, change: &Change) -> Vec<Problem> {
    let is_loud = |problem: &&Problem| problem.severity > Severity::Note;
    let mut known: HashMap<(Code, Vec<DeviceKey>), usize> = HashMap::new();
    for Problem { code, devices, .. } in before.judged().iter().filter(is_loud) {
        *known.entry((code.clone(), devices.clone())).or_default() += 1;
    }
    let mut told: Vec<Problem> = after.judged().iter().filter(is_loud).cloned().collect();
    let mut renamed = told.clone();
    rename(&mut renamed, before, after, change);
    let mut is_new = renamed.into_iter().map(|Problem { code, devices, .. }| {
        match known.get_mut(&(code, devices)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        }
    });
    told.retain(|_| is_new.next().unwrap_or(true));
    told
}

/// Names the devices of problems as they were named before. What is new has a number that nobody
/// had.
fn rename(problems: &mut [Problem], before: &Revision, after: &Revision, change: &Change) {
    if problems.is_empty() {
        return;
    }
    let trace = trace(before.guest().domain, after.guest().domain, change);
    for key in problems.iter_mut().flat_map(|problem| &mut problem.devices) {
        let new = DeviceKey::new(key.class, u32::MAX - key.nth);
        *key = trace.get(key).copied().unwrap_or(new);
    }
}

/// Whether what was written into `before` mends `problem` of it and breaks nothing.
pub fn mends(problem: &Problem, before: &Revision, written: &Written) -> bool {
    let after = Verdict::after(&written.change, &written.after);
    Verdict::of(before).is_mended(problem, before, &after)
}

/// What is wrong with a guest, by code and device.
#[derive(Default)]
pub(super) struct Verdict(HashMap<Said, Count>);

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
        Self::counted(&blamed(revision))
    }

    /// What is wrong once `fix` is done; `None` when it cannot be done.
    pub(super) fn of_tried(fix: &Fix, revision: &Revision) -> Option<Self> {
        let edit = plan(revision, &fix.change).ok()?;
        let text = edit.apply(revision.document.text()).ok()?;
        let after = Revision::build(text).ok()?;
        Some(Self::after(&fix.change, &after))
    }

    /// What is wrong with the guest after `change`, its devices named as before.
    fn after(change: &Change, after: &Revision) -> Self {
        let mut problems = blamed(after);
        let removed = removed(change);
        for key in problems.iter_mut().flat_map(|problem| &mut problem.devices) {
            for gone in removed.iter().filter(|gone| gone.class == key.class) {
                // Those behind the removed one have moved up; what is new stands behind all others.
                key.nth += u32::from(key.nth >= gone.nth);
            }
        }
        Self::counted(&problems)
    }

    fn counted(problems: &[Problem]) -> Self {
        let mut verdict = Self::default();
        for problem in problems {
            let count = verdict.0.entry(said(problem)).or_default();
            count.all += 1;
            count.errors += usize::from(problem.severity == Severity::Error);
        }
        verdict
    }

    fn count(&self, said: &Said) -> Count {
        self.0.get(said).copied().unwrap_or_default()
    }

    /// Whether `problem` of this guest, which is `revision`, is mended `after` a fix, and nothing
    /// is broken.
    pub(super) fn is_mended(&self, problem: &Problem, revision: &Revision, after: &Self) -> bool {
        let mine = said(&blaming(problem.clone(), &written(revision)));
        let is_less = after.count(&mine).all < self.count(&mine).all;
        is_less && after.0.iter().all(|(said, after)| after.errors <= self.count(said).errors)
    }
}

fn said(problem: &Problem) -> Said {
    (problem.code.clone(), problem.devices.first().copied())
}

/// Everything that is wrong, each with the device to look at first alone, if that is written.
fn blamed(revision: &Revision) -> Vec<Problem> {
    let written = written(revision);
    revision.judged().iter().map(|problem| blaming(problem.clone(), &written)).collect()
}

fn blaming(mut problem: Problem, written: &HashSet<DeviceKey>) -> Problem {
    problem.devices.truncate(1);
    problem.devices.retain(|key| written.contains(key));
    problem
}

fn written(revision: &Revision) -> HashSet<DeviceKey> {
    revision.domain.devices.iter().map(|device| device.key).collect()
}
