//! Trial of a command: its change is written, read again, compared and checked.

use std::collections::{BTreeSet, HashMap};

use super::change_builder::ChangeBuilder;
use crate::edit::compare::{Difference, Move};
use crate::edit::fixes::new_problems;
use crate::edit::key_map::DeviceMap;
use crate::edit::preview::{Preview, preview};
use crate::model::{Change, Code, Device, DeviceKey, Problem, Severity};
use crate::topology::Guest;

/// Options that every command has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Freeze also the devices that libvirt would now place elsewhere.
    pub freeze_others: bool,
    /// Do it also when the guest has errors afterwards that it did not have.
    pub force: bool,
}

/// The result of a command before it is committed; the guest is unchanged until then.
#[derive(Debug)]
pub struct DryRun {
    /// Title of the change: "move disk vda to pci 0000:00:10.0".
    pub title: String,
    /// The change, its edit of the text, and the guest afterwards.
    pub preview: Preview,
    /// Remarks on the change, a sentence each.
    pub notes: Vec<String>,
    /// Problems that the guest did not have before: warnings, and errors where it was forced.
    pub problems: Vec<Problem>,
    subjects: BTreeSet<DeviceKey>,
}

impl DryRun {
    /// The devices that the command does not name and that have another place now, are gone, or
    /// are added by libvirt: dynamic ones, for which it chooses anew.
    pub fn others(&self) -> impl Iterator<Item = &Difference> {
        self.preview.differences.iter().filter(|difference| self.is_other(difference))
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.preview.edit.is_empty()
    }

    /// Number of elements that the text gets.
    pub fn elements_added(&self) -> usize {
        elements_added(&self.preview.change)
    }

    fn is_other(&self, difference: &Difference) -> bool {
        if difference.old.is_some_and(|key| self.subjects.contains(&key)) {
            return false;
        }
        match difference.what {
            Some(Move::Moved { .. } | Move::Gone(_)) => true,
            Some(Move::Appeared(_)) => {
                let Guest { domain, topology } = self.preview.after.guest();
                let new = difference.new.and_then(|key| topology.node_of(key));
                new.and_then(|no| topology.device(domain, no)).is_some_and(Device::is_implied)
            }
            Some(Move::Kept { .. }) | None => false,
        }
    }
}

/// The most elements that are added without a question: one high number in a document may ask for thousands, and a
/// guest rarely has as many controllers.
pub const MANY_ELEMENTS: usize = 64;

/// Number of elements that the text gets by `change`.
pub fn elements_added(change: &Change) -> usize {
    match change {
        Change::Adopt { .. } | Change::AddController { .. } | Change::AddDevice { .. } => 1,
        Change::Batch(changes) => changes.iter().map(elements_added).sum(),
        _ => 0,
    }
}

/// Tries the change of `builder`, with as many devices frozen as `options` ask for.
///
/// # Errors
/// If the change cannot be written, the result differs from the request, or has a new error.
pub(super) fn dry_run(
    mut builder: ChangeBuilder<'_>,
    options: Options,
) -> Result<DryRun, Box<Problem>> {
    let mut run = attempt(&mut builder)?;
    while options.freeze_others && freeze_others(&mut builder, &run) {
        run = attempt(&mut builder)?;
    }
    if run.is_empty() {
        // Its problems are those of the text alone.
        return Ok(run);
    }
    let problems = new_problems(builder.revision, &run.preview);
    if !options.force
        && let Some(problem) = problems.iter().find(|problem| is_refused(problem))
    {
        return refused(problem.clone(), &run.preview.key_map).refuse();
    }
    run.problems = problems;
    Ok(run)
}

/// Problems that libvirt and QEMU accept, and with which the guest never finds a device.
const LOST: &[Code] = &[Code::PciNoFunctionZero, Code::ScsiNotFound, Code::ScsiOwnUnit];

/// Whether a change with this new problem is refused.
fn is_refused(problem: &Problem) -> bool {
    problem.severity == Severity::Error || LOST.contains(&problem.code)
}

/// Writes the addresses of the dynamic devices that would move; whether there were any.
fn freeze_others(builder: &mut ChangeBuilder<'_>, run: &DryRun) -> bool {
    let moved = run.others().filter_map(|difference| builder.device(difference.old?));
    let open =
        moved.filter(|device| builder.is_dynamic(device) && !builder.is_placed(device.key()));
    let keys: Vec<DeviceKey> = open.map(Device::key).collect();
    for key in &keys {
        builder.freeze(*key);
    }
    !keys.is_empty()
}

/// Writes the change of `builder` as it is now, and reads the result.
pub(super) fn attempt(builder: &mut ChangeBuilder<'_>) -> Result<DryRun, Box<Problem>> {
    let preview = preview(builder.revision, builder.change())?;
    is_kept(&preview)?;
    Ok(DryRun {
        title: builder.title.clone(),
        preview,
        notes: builder.notes.clone(),
        problems: Vec::new(),
        subjects: builder.subjects(),
    })
}

/// Checks that libvirt leaves every device where the change puts it.
fn is_kept(preview: &Preview) -> Result<(), Box<Problem>> {
    let Preview { change, after, key_map, .. } = preview;
    let devices = after.guest().domain.by_key();
    let new: HashMap<&DeviceKey, &DeviceKey> =
        key_map.iter().map(|(new, old)| (old, new)).collect();
    for leaf in change.leaves() {
        let (device, to) = match leaf {
            Change::Move { device, to } if to.is_complete() => (device, to),
            _ => continue,
        };
        let found = new.get(device).and_then(|key| devices.get(*key));
        let place = found.and_then(|device| device.address());
        if let Some(place) = place.filter(|place| place.place() != to.place()) {
            let message = format!("libvirt would place it at {place} anyway");
            return Problem::error(Code::Overruled, message)
                .helping("`check` may show the cause")
                .on(*device)
                .refuse();
        }
    }
    Ok(())
}

/// An error of the guest afterwards as the reason why not; it names devices as they are named now.
fn refused(problem: Problem, key_map: &DeviceMap) -> Problem {
    let Problem { code, message, libvirt, help, devices, .. } = problem;
    // A new device has no name yet.
    let devices = devices.iter().filter_map(|key| key_map.get(key).copied()).collect();
    Problem { libvirt, help, devices, ..Problem::error(code, message) }
}
