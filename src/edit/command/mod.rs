//! Commands: changes of a guest as they are typed on the command line.
//!
//! A [`Command`] is data: it can be printed as it would be typed, and applied to any guest that has
//! the devices it names. Each becomes one [`Change`](crate::model::Change), which is tried before it
//! is offered: written, read again, compared with the state before, and checked for new errors.
//!
//! Rules for all commands:
//!
//! - A device that gets a written address also fixes the controllers it is behind, with their place
//!   and numbers, as far as libvirt would have chosen those.
//! - Other devices are not changed. Where libvirt would now place an unfrozen device elsewhere,
//!   [`DryRun::others`] names it; [`Options::freeze_others`] freezes it where it is.
//! - Function 0 of a slot has `multifunction='on'` as long as there are others.

mod add;
mod adopt;
mod build;
mod change_builder;
mod disk;
mod dry_run;
#[cfg(test)]
mod example;
mod freeze;
mod group;
mod line;
pub mod offers;
mod relocate;
mod remove;
mod scope;
mod set;
mod swap;

pub use dry_run::{DryRun, MANY_ELEMENTS, Options, elements_added};
pub use scope::{Pick, Scope};

use super::revision::Revision;
use crate::model::address::PciAddress;
use crate::model::{Address, Controller, ControllerPatch, Problem, Selector};

/// A change of a guest in the form of the command line, with devices named by selectors. The command
/// of the same name in `cli` adds the options of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Give a device another place.
    Move {
        /// The device to move.
        device: Selector,
        /// The new address.
        to: Address,
        /// Whether the other functions of its slot move too.
        extent: Extent,
        /// Whether a disk gets the name of its place.
        naming: Naming,
    },
    /// Swap the places of two devices.
    Swap(Selector, Selector),
    /// Make devices the functions of one slot, the first of them function 0.
    Group {
        /// The devices, the one for function 0 first.
        devices: Vec<Selector>,
        /// The slot; without it the one of the first device.
        at: Option<PciAddress>,
    },
    /// Add a controller, at the next index and place where none are given.
    AddController {
        /// The controller with its kind, model and numbers.
        controller: Box<Controller>,
        /// The address of the new controller.
        at: Option<Address>,
    },
    /// Take a controller away.
    RemoveController {
        /// The controller to remove.
        device: Selector,
        /// Whether everything on it is removed too.
        cascade: bool,
    },
    /// Give a controller another index, model or number.
    SetController {
        /// The controller to change.
        device: Selector,
        /// The new values; other fields stay as they are.
        to: Box<ControllerPatch>,
    },
    /// Add the controllers for so many more devices to be plugged in while the guest runs.
    Reserve(u32),
    /// Call a disk something else.
    Rename {
        /// The disk to change.
        disk: Selector,
        /// The new target name.
        name: String,
        /// Whether the disk moves to the place of that name, or keeps its place.
        naming: Naming,
    },
    /// Put a disk on another bus, with an address of the kind it has.
    SetBus {
        /// The disk to change.
        disk: Selector,
        /// The new bus: `virtio`, `scsi`, `sata`, `usb`, `ide`, `fdc` or `xen`.
        bus: String,
        /// The target name there; without it the old letters, or the first that are free.
        name: Option<String>,
    },
    /// Give a device this `<acpi index=>`, or take it away.
    SetAcpiIndex {
        /// The device to change.
        device: Selector,
        /// The new index, 1..=16383; `None` takes it away.
        index: Option<u32>,
    },
    /// Write the devices that libvirt would add by itself.
    Adopt(Scope),
    /// Write the addresses of devices, so that they stay.
    Freeze(Scope),
    /// Let libvirt choose again.
    Thaw(Scope),
}

/// The devices that move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// The device alone.
    #[default]
    Device,
    /// All functions of its slot, each to the same function of the other slot.
    Slot,
}

/// Whether a disk's target name follows its place, and the place its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Naming {
    /// The one changes and the other stays.
    #[default]
    Keep,
    /// The other follows: `sdd` is the name for unit 3.
    Follow,
}

impl Command {
    /// Tries the command on a copy of the guest.
    ///
    /// # Errors
    /// The reason why the command is refused, as `check` words it.
    pub fn dry_run(&self, revision: &Revision, options: Options) -> Result<DryRun, Box<Problem>> {
        let builder = self.build(revision, options)?;
        // No other device has to move when places are reserved.
        let freeze_others = options.freeze_others || matches!(self, Self::Reserve(_));
        dry_run::dry_run(builder, Options { freeze_others, ..options })
    }
}
