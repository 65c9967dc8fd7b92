//! The effect of a change on what is wrong: the guest after it is checked anew, and compared.
//!
//! The rule of fixes: **a fix is offered when its problem is gone after it and every error that is
//! there then was there before.** Both guests are checked by every rule and as far as the start of
//! QEMU, whatever is reported to the user: a silenced problem, or one that is a warning where only
//! the definition counts, is a problem nevertheless.
//!
//! Errors are the same when they have the same code and the same device to look at first, named as
//! before the fix. The other devices do not matter: of three devices at one address the second and
//! the third conflict with the first, and when that one is moved the third still does, with the
//! second. Devices that libvirt adds are counted, not named: how many controllers it needs, and
//! which of them gets no place, follows from everything else.

use std::collections::{HashMap, HashSet};

use super::key_map::{DeviceMap, removed};
use super::plan::plan;
use super::preview::Preview;
use super::revision::Revision;
use crate::model::{Change, Code, Device, DeviceKey, Fix, Problem, Severity};

/// The errors and warnings after a change that `before` did not have, with the keys of the guest
/// afterwards. Problems that existed before are not reported.
pub fn new_problems(before: &Revision, preview: &Preview) -> Vec<Problem> {
    let is_loud = |problem: &&Problem| problem.severity > Severity::Note;
    let mut known: HashMap<(Code, Vec<DeviceKey>), usize> = HashMap::new();
    for Problem { code, devices, .. } in before.diagnostics().iter().filter(is_loud) {
        *known.entry((*code, devices.clone())).or_default() += 1;
    }
    let mut is_new = |problem: &&Problem| {
        let Some(devices) = old_keys(&problem.devices, &preview.key_map) else { return true };
        match known.get_mut(&(problem.code, devices)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        }
    };
    let after = preview.after.diagnostics().iter().filter(is_loud);
    after.filter(|problem| is_new(problem)).cloned().collect()
}

/// The keys that devices had before; `None` when one of them is new.
fn old_keys(devices: &[DeviceKey], key_map: &DeviceMap) -> Option<Vec<DeviceKey>> {
    devices.iter().map(|key| key_map.get(key).copied()).collect()
}

/// Whether a change of `before` fixes `problem` of it and makes no new error.
pub fn is_fixed(problem: &Problem, before: &Revision, preview: &Preview) -> bool {
    let after = ProblemCounts::after(&preview.change, &preview.after);
    ProblemCounts::of(before).is_fixed(problem, before, &after)
}

/// Numbers of problems of a guest, by code and device.
#[derive(Default)]
pub(super) struct ProblemCounts(HashMap<Subject, Tally>);

/// The code of a problem, and the device to look at first where that is written.
type Subject = (Code, Option<DeviceKey>);

/// Number of problems with one subject.
#[derive(Clone, Copy, Default)]
struct Tally {
    /// Problems of any severity.
    all: usize,
    /// Problems that are errors.
    errors: usize,
}

impl ProblemCounts {
    /// The problems of the guest as it is.
    pub(super) fn of(revision: &Revision) -> Self {
        Self::counted(&blamed(revision))
    }

    /// The problems once `fix` is applied; `None` when it cannot be written.
    pub(super) fn after_fix(fix: &Fix, revision: &Revision) -> Option<Self> {
        let edit = plan(revision, &fix.change).ok()?;
        let text = edit.apply(revision.document.text()).ok()?;
        let after = revision.rebuild(text).ok()?;
        Some(Self::after(&fix.change, &after))
    }

    /// The problems after `change`, with the keys that devices had before it.
    fn after(change: &Change, after: &Revision) -> Self {
        let mut problems = blamed(after);
        let removed = removed(change);
        for key in problems.iter_mut().flat_map(|problem| &mut problem.devices) {
            for gone in removed.iter().filter(|gone| gone.class == key.class) {
                // Devices after the removed one have moved up; new ones come last.
                key.nth += u32::from(key.nth >= gone.nth);
            }
        }
        Self::counted(&problems)
    }

    fn counted(problems: &[Problem]) -> Self {
        let mut counts = Self::default();
        for problem in problems {
            let count = counts.0.entry(subject(problem)).or_default();
            count.all += 1;
            count.errors += usize::from(problem.severity == Severity::Error);
        }
        counts
    }

    fn count(&self, subject: &Subject) -> Tally {
        self.0.get(subject).copied().unwrap_or_default()
    }

    /// Whether `problem` of this guest, which is `revision`, is fixed `after` a change, without a
    /// new error.
    pub(super) fn is_fixed(&self, problem: &Problem, revision: &Revision, after: &Self) -> bool {
        let mine = subject(&blaming(problem.clone(), &written(revision)));
        let is_less = after.count(&mine).all < self.count(&mine).all;
        is_less && after.0.iter().all(|(subject, after)| after.errors <= self.count(subject).errors)
    }
}

fn subject(problem: &Problem) -> Subject {
    (problem.code, problem.devices.first().copied())
}

/// Every problem, each with the device to look at first alone, if that is written.
fn blamed(revision: &Revision) -> Vec<Problem> {
    let written = written(revision);
    revision.diagnostics().iter().map(|problem| blaming(problem.clone(), &written)).collect()
}

fn blaming(mut problem: Problem, written: &HashSet<DeviceKey>) -> Problem {
    problem.devices.truncate(1);
    problem.devices.retain(|key| written.contains(key));
    problem
}

fn written(revision: &Revision) -> HashSet<DeviceKey> {
    revision.domain.devices.iter().map(Device::key).collect()
}
