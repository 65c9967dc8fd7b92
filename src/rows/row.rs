//! A row of the tree, the object of the row, and folding.

use std::collections::HashSet;

use super::{LiveMark, Mark};
use crate::machine::PciId;
use crate::model::DeviceKey;
use crate::model::address::PciAddress;
use crate::topology::{BusId, GuestAddress, LiveId, Place};

/// The object of a row. It survives edits as long as that object exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A bus of the machine.
    Bus(BusId),
    /// A device of the domain.
    Device(DeviceKey),
    /// A part of the chipset, by its place on bus 0.
    Chipset(PciAddress),
    /// Free places from this one on.
    Free(BusId, Place),
    /// Identical siblings, by the first of them.
    Siblings(DeviceKey),
    /// The heading of the devices without a bus.
    Unplaced,
    /// A live device that is not configured.
    Live(LiveId),
}

/// Whether a row has others below it, and whether they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// No rows below.
    Leaf,
    /// The rows below are shown.
    Open,
    /// The rows below are hidden.
    Closed,
}

/// The rows that are folded, and those that are not although they could be.
#[derive(Clone, Debug, Default)]
pub struct Folds {
    /// Rows with hidden children.
    pub closed: HashSet<Target>,
    /// Runs of siblings that are shown one by one although they are alike.
    pub spread: HashSet<Target>,
    /// Controllers that are alike and are shown one by one all the same: something is different
    /// about the live ones.
    pub apart: HashSet<DeviceKey>,
    /// Show everything one by one: no folding of siblings, no runs of free places.
    pub all: bool,
}

/// A row of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its depth in the tree, 0 for a root.
    pub depth: u16,
    /// The object of the row.
    pub target: Target,
    /// The state of that object.
    pub mark: Mark,
    /// The comparison with the running guest, if there is one.
    pub live: Option<LiveMark>,
    /// The place: `pci.0`, `04.0`, `05–1f`.
    pub place: String,
    /// The name of the device or bus.
    pub title: String,
    /// The purpose of the device, or how full the bus is.
    pub detail: String,
    /// The address the guest finds it at.
    pub guest: Option<GuestAddress>,
    /// The ids the guest reads there.
    pub id: Option<PciId>,
    /// The name a Linux guest will give it: `ens3`, `vda`.
    pub name: Option<String>,
    /// Whether it can be folded.
    pub fold: Fold,
    /// The number of places or siblings that the row represents.
    pub span: u32,
    /// The number of devices of the XML that the row itself represents.
    pub devices: u32,
}
