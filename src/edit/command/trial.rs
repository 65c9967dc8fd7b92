//! A draft is tried: written, read again, compared, checked. Only what stands all of that is done.

use std::collections::{BTreeSet, HashMap};

use super::draft::Draft;
use crate::edit::{Difference, Move, Trace, Written, new_problems, write_change};
use crate::model::{Change, DeviceKey, Problem, Severity};
use crate::topology::Refusal;

/// How a command is to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// Freeze also those that libvirt would now place elsewhere.
    pub hold: bool,
    /// Do it also when the guest has errors afterwards that it did not have.
    pub force: bool,
}

/// What a command comes to. Nothing is kept of it unless somebody applies the edit.
#[derive(Debug)]
pub struct Outcome {
    /// What it does, as a person would be asked: "move disk vda to pci 0000:00:10.0".
    pub title: String,
    /// The change as it was written, and the guest afterwards.
    pub written: Written,
    /// What is to be known besides, a sentence each.
    pub notes: Vec<String>,
    /// What is wrong afterwards and was not before: warnings, and errors where it was forced.
    pub problems: Vec<Problem>,
    asked: BTreeSet<DeviceKey>,
}

impl Outcome {
    /// Those nobody asked for that have another place now, are gone, or are added by libvirt: an
    /// unfrozen device for which it chooses anew.
    pub fn others(&self) -> impl Iterator<Item = &Difference> {
        self.written.differences.iter().filter(|difference| self.is_other(difference))
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.written.edit.is_empty()
    }

    fn is_other(&self, difference: &Difference) -> bool {
        if difference.old.is_some_and(|key| self.asked.contains(&key)) {
            return false;
        }
        match difference.what {
            Some(Move::Moved { .. } | Move::Gone(_)) => true,
            Some(Move::Appeared(_)) => {
                let new =
                    difference.new.and_then(|key| self.written.after.guest().domain.device(key));
                new.is_some_and(crate::model::Device::is_implied)
            }
            Some(Move::Kept { .. }) | None => false,
        }
    }
}

/// Tries a draft.
///
/// # Errors
/// When it cannot be written, is not what is read afterwards, or makes an error.
pub(super) fn run(mut draft: Draft<'_>, manner: Manner) -> Result<Outcome, Refusal> {
    let mut outcome = attempt(&mut draft)?;
    while manner.hold && hold(&mut draft, &outcome) {
        outcome = attempt(&mut draft)?;
    }
    if outcome.is_empty() {
        // What is wrong is told by the text alone.
        return Ok(outcome);
    }
    let problems = new_problems(draft.revision, &outcome.written.after, &outcome.written.change);
    if !manner.force
        && let Some(problem) = problems.iter().find(|problem| is_refused(problem))
    {
        return Err(refused(problem.clone(), &outcome.written.trace));
    }
    outcome.problems = problems;
    Ok(outcome)
}

/// What libvirt and QEMU take, and the guest never finds.
const LOST: &[&str] = &["pci-no-function-zero", "scsi-own-unit"];

/// Whether nobody wants a change that makes this problem.
fn is_refused(problem: &Problem) -> bool {
    problem.severity == Severity::Error || LOST.contains(&problem.code.0)
}

/// Writes down where those are that would move; whether there were any.
pub(super) fn hold(draft: &mut Draft<'_>, outcome: &Outcome) -> bool {
    let loose = outcome.others().filter_map(|difference| draft.device(difference.old?));
    let loose = loose.filter(|device| draft.is_loose(device) && !draft.is_placed(device.key));
    let keys: Vec<DeviceKey> = loose.map(|device| device.key).collect();
    for key in &keys {
        draft.freeze(*key);
    }
    !keys.is_empty()
}

/// Writes a draft and reads it again.
pub(super) fn attempt(draft: &mut Draft<'_>) -> Result<Outcome, Refusal> {
    let change = draft.change();
    let written = write_change(draft.revision, change)?;
    is_kept(&written)?;
    Ok(Outcome {
        title: draft.title.clone(),
        written,
        notes: draft.notes.clone(),
        problems: Vec::new(),
        asked: draft.asked(),
    })
}

/// Whether libvirt leaves everybody where the change puts them.
fn is_kept(written: &Written) -> Result<(), Refusal> {
    let Written { change, after, trace, .. } = written;
    let devices = after.guest().domain.by_key();
    let new: HashMap<&DeviceKey, &DeviceKey> = trace.iter().map(|(new, old)| (old, new)).collect();
    let mut todo = vec![change];
    while let Some(change) = todo.pop() {
        let (device, to) = match change {
            Change::Batch(changes) => {
                todo.extend(changes);
                continue;
            }
            Change::Move { device, to } if to.is_complete() => (device, to),
            _ => continue,
        };
        let found = new.get(device).and_then(|key| devices.get(*key));
        let place = found.and_then(|device| device.value());
        if let Some(place) = place.filter(|place| place.place() != to.place()) {
            let message = format!("libvirt would put it to {place} all the same");
            return Err(Refusal::new("overruled", message)
                .helping("`check` may tell what stands in the way")
                .on(*device));
        }
    }
    Ok(())
}

/// An error of the guest afterwards as the reason why not; it names devices as they are named now.
fn refused(problem: Problem, trace: &Trace) -> Refusal {
    let Problem { code, message, libvirt, help, devices, .. } = problem;
    // What is new has no name yet.
    let devices = devices.iter().filter_map(|key| trace.get(key).copied()).collect();
    Refusal { libvirt, help, devices, ..Refusal::new(code.0, message) }
}
