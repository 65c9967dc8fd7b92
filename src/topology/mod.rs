//! The guest as buses and places: who sits where, under whom, and what is free.
//!
//! Built whole from a [`crate::model::Domain`], written or with its addresses assigned. Two devices
//! in one place are two residents; a device that fits nowhere stands among the unplaced. Judging
//! that is not done here, but by the one verdict about places on PCI, [`PciBuses::verdict`].

mod attach;
mod build;
mod bus;
mod guest;
mod hangs;
pub mod names;
mod occupied;
mod pci;
mod place;
mod verdict;

pub use attach::{Unplaced, drive_kind, named};
pub use build::{Resident, ResidentNo, Topology, Who};
pub use bus::{Bus, BusId, BusNo, Shape};
pub use guest::{GuestAddress, GuestBus};
pub use hangs::{Hangs, bridge_order};
pub use occupied::is_express;
pub use pci::{Occupant, PciBus, PciBuses, Request};
pub use place::{Place, Run};
pub use verdict::Asker;

use crate::model::Domain;

/// A guest: its devices, and where they stand.
#[derive(Clone, Copy, Debug)]
pub struct Guest<'g> {
    /// Its devices.
    pub domain: &'g Domain,
    /// Where they stand.
    pub topology: &'g Topology,
}
