//! What an admin asks for, in the words of the command line.
//!
//! A [`Command`] is data: it can be printed as it would be typed, and done to any guest that has the
//! devices it names. Each becomes one [`Change`](crate::model::Change), which is tried before it is
//! offered: written, read again, compared with what was, and checked for errors that were not there.
//!
//! What holds for all of them:
//!
//! - A device that gets a written address takes along the controllers it hangs on, with their place
//!   and numbers, as far as libvirt would have chosen those.
//! - Nobody else is changed. Where libvirt would now place an unfrozen device elsewhere,
//!   [`DryRun::others`] names it;
//!   [`Options::freeze_others`] freezes it where it is.
//! - Function 0 of a slot says `multifunction='on'` as long as there are others.

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

pub use dry_run::{DryRun, Options};
pub use scope::{Pick, Scope};

use super::revision::Revision;
use crate::model::address::PciAddress;
use crate::model::{Address, Controller, ControllerPatch, Selector};
use crate::topology::Refusal;

/// What is to be done to a guest. It names devices as a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Give a device another place.
    Move {
        /// Whom.
        device: Selector,
        /// Where to.
        to: Address,
        /// Whether the other functions of its slot come along.
        extent: Extent,
        /// Whether a disk is called after its place.
        naming: Naming,
    },
    /// Let two devices trade places.
    Swap(Selector, Selector),
    /// Make devices the functions of one slot, the first of them function 0.
    Group {
        /// Whom.
        devices: Vec<Selector>,
        /// Which slot; the first device's without.
        at: Option<PciAddress>,
    },
    /// Add a controller: at the next index and place unless it says which.
    AddController {
        /// What it says.
        controller: Box<Controller>,
        /// Where it is to be.
        at: Option<Address>,
    },
    /// Take a controller away.
    RemoveController {
        /// Which.
        device: Selector,
        /// Whether everything that is on it goes too.
        cascade: bool,
    },
    /// Make a controller say something else: index, model, numbers.
    SetController {
        /// Which.
        device: Selector,
        /// The new values; other fields stay as they are.
        to: Box<ControllerPatch>,
    },
    /// Add what so many more devices need that may be plugged in while the guest runs.
    Room(u32),
    /// Call a disk something else.
    Rename {
        /// Which disk.
        disk: Selector,
        /// Its new target name.
        name: String,
        /// Whether the disk goes to the place that the name stands for, or stays.
        naming: Naming,
    },
    /// Put a disk on another bus, with an address of the kind it has.
    SetBus {
        /// Which disk.
        disk: Selector,
        /// `virtio`, `scsi`, `sata`, `usb`, `ide`, `fdc` or `xen`.
        bus: String,
        /// Its target name there; without, the old letters or the first that are free.
        name: Option<String>,
    },
    /// Give a device this `<acpi index=>`, or take it away.
    SetAcpiIndex {
        /// Whom.
        device: Selector,
        /// 1..=16383.
        index: Option<u32>,
    },
    /// Write down what libvirt would add by itself.
    Adopt(Scope),
    /// Write down where devices are, so that they stay.
    Freeze(Scope),
    /// Let libvirt choose again.
    Thaw(Scope),
}

/// How much moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// The device.
    #[default]
    Device,
    /// All functions of its slot, each to the same function of the other slot.
    Slot,
}

/// Whether a disk's target name and its place go together.
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
    pub fn dry_run(&self, revision: &Revision, options: Options) -> Result<DryRun, Refusal> {
        let builder = self.build(revision, options)?;
        // Making room is no reason for another device to move.
        let freeze_others = options.freeze_others || matches!(self, Self::Room(_));
        dry_run::dry_run(builder, Options { freeze_others, ..options })
    }
}
