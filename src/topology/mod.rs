//! The guest as a tree of buses and nodes: the place of each device, its parent, and free places.
//!
//! Built whole from a [`crate::model::Domain`], written or with its addresses assigned. Two devices
//! in one place are two nodes; a device that fits nowhere is among the unplaced. Whether a device
//! may be at its place is decided elsewhere; on PCI by [`PciBuses::verdict`].

mod arguments;
mod attach;
mod bridge_nesting;
mod build;
mod bus;
mod guest;
mod ids;
mod live;
mod live_only;
pub mod names;
mod occupied;
mod pci;
mod place;
mod tree;
mod verdict;

pub use attach::{bus_and_place, drive_kind};
pub use bridge_nesting::{BridgeNesting, bridge_order};
pub use bus::{Bus, BusId, Shape};
pub use guest::GuestAddress;
pub use ids::{BusNo, GuestBus, NodeId};
pub use live_only::{LiveId, LiveOnly, LiveParent, LiveRole};
pub use occupied::is_express;
pub use pci::{PciBus, PciBuses, Request};
pub use place::{Place, Run, Unplaced};
pub use tree::{Node, NodeKind, Topology};
pub use verdict::Asker;

use crate::model::Domain;

/// A guest: its devices and their places.
#[derive(Clone, Copy, Debug)]
pub struct Guest<'g> {
    /// Its devices and machine.
    pub domain: &'g Domain,
    /// The buses and places they occupy.
    pub topology: &'g Topology,
}
