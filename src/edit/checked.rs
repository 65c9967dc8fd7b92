//! A revision with everything that is wrong with it, and fixes that were tried.

use std::collections::HashMap;

use super::plan::plan;
use super::revision::Revision;
use super::trace::trace;
use crate::assign::surprises;
use crate::check::{Allowed, Evidence, rule, run};
use crate::model::{Change, Code, DeviceKey, Fix, Problem, Severity};

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
        let Revision { document, domain, assignment, topology, problems } = revision;
        let mut told = problems.clone();
        told.extend(surprises(domain, assignment));
        let completed = (&assignment.domain, topology);
        let evidence = Evidence::new(document, domain, completed, told, &assignment.refusals);
        Self { problems: run(&evidence, allowed) }
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
        let before = Errors::of(&self.problems);
        let devices = revision.assignment.domain.devices.len().max(1);
        let mut left = LOOKED_AT / devices;
        for (nth, problem) in self.problems.iter_mut().enumerate() {
            // The first problems get theirs: who mends them will ask again.
            if nth >= TRIED || left < problem.fixes.len() {
                problem.fixes.clear();
            }
            left = left.saturating_sub(problem.fixes.len());
            let (code, devices) = (problem.code.clone(), problem.devices.clone());
            problem.fixes.retain(|fix| {
                let Some(after) = tried(revision, fix) else { return false };
                let same = |other: &Problem| other.code == code && other.devices == devices;
                before.adds_none(&after) && !after.iter().any(same)
            });
        }
    }
}

/// What is wrong once `fix` is done, in the names of before; `None` when it cannot be done.
fn tried(revision: &Revision, fix: &Fix) -> Option<Vec<Problem>> {
    let edit = plan(revision, &fix.change).ok()?;
    let text = edit.apply(revision.document.text()).ok()?;
    let after = Revision::build(text).ok()?;
    let mut problems = Checked::of(&after, &Allowed::default()).problems;
    rename(&mut problems, revision, &after, &fix.change);
    Some(problems)
}

/// The errors and warnings of `after` that `before` did not have, named as `after` names its devices.
///
/// `change` is what was done in between. What was wrong before stays somebody else's.
pub fn new_problems(before: &Revision, after: &Revision, change: &Change) -> Vec<Problem> {
    let problems = |revision: &Revision| {
        let mut problems = Checked::of(revision, &Allowed::default()).problems;
        problems.retain(|problem| problem.severity > Severity::Note);
        problems
    };
    let mut known = counted(&problems(before));
    let told = problems(after);
    let mut renamed = told.clone();
    rename(&mut renamed, before, after, change);
    let is_new = |problem: &Problem| match known.get_mut(&signature(problem)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    let is_new: Vec<bool> = renamed.iter().map(is_new).collect();
    told.into_iter().zip(is_new).filter(|(_, is_new)| *is_new).map(|(problem, _)| problem).collect()
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

/// What an error says of whom.
type Signature = (Code, Vec<DeviceKey>);

fn signature(problem: &Problem) -> Signature {
    (problem.code.clone(), problem.devices.clone())
}

/// Problems, counted by what they say of whom.
fn counted<'p>(problems: impl IntoIterator<Item = &'p Problem>) -> HashMap<Signature, usize> {
    let mut counts = HashMap::new();
    for problem in problems {
        *counts.entry(signature(problem)).or_default() += 1;
    }
    counts
}

/// The errors of a guest, counted by what they say of whom.
struct Errors(HashMap<Signature, usize>);

impl Errors {
    fn of(problems: &[Problem]) -> Self {
        let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
        Self(counted(errors))
    }

    /// Whether `after` has no error that was not here.
    fn adds_none(&self, after: &[Problem]) -> bool {
        let after = Self::of(after);
        after.0.iter().all(|(error, count)| self.0.get(error).is_some_and(|old| count <= old))
    }
}
