//! The tree of a guest: buses, and at their places the nodes that are on them.

use std::collections::{BTreeMap, HashMap};

use super::bus::{Bus, BusId};
use super::ids::{BusNo, GuestBus, NodeId};
use super::live_only::{LiveId, LiveOnly};
use super::place::{Place, Unplaced};
use crate::machine::{ChipsetPart, Machine, PciId};
use crate::model::{Device, DeviceKey, Domain};

/// The occupant of a place: a device of the domain or a part of the chipset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A device of the domain.
    Device(DeviceKey),
    /// A part of the machine without an element in the document.
    Chipset(&'static ChipsetPart),
    /// A device that only the running guest has, see [`Topology::with_live`].
    Live(LiveId),
}

/// A device or a chipset part, with the place it occupies.
#[derive(Clone, Debug)]
pub struct Node {
    /// The device or part it is.
    pub kind: NodeKind,
    /// The bus it is on; `None` when unplaced.
    pub bus: Option<BusNo>,
    /// The place it has on that bus.
    pub place: Place,
    /// The bus it provides, if it is a controller or hub.
    pub offers: Option<BusNo>,
    /// The reason why it is on no bus.
    pub unplaced: Option<Unplaced>,
    /// Whether another node has the same place.
    pub contested: bool,
    /// The chipset part it is, or that the document describes with it.
    pub part: Option<&'static ChipsetPart>,
    /// The ids the guest sees, on a PCI bus.
    pub id: Option<PciId>,
}

/// A guest as buses, and nodes at their places.
#[derive(Clone, Debug)]
pub struct Topology {
    /// The machine it is on.
    pub machine: Machine,
    /// Every bus; those without a parent are the roots.
    pub(super) buses: Vec<Bus>,
    pub(super) nodes: Vec<Node>,
    pub(super) by_id: HashMap<BusId, BusNo>,
    pub(super) by_key: HashMap<DeviceKey, NodeId>,
    pub(super) roots: Vec<BusNo>,
    pub(super) unplaced: Vec<NodeId>,
    /// The devices that only the running guest has.
    pub(super) live: BTreeMap<LiveId, (NodeId, LiveOnly)>,
    /// Devices among them that are on no bus.
    pub(super) loose: Vec<NodeId>,
}

impl Topology {
    /// The bus with this number.
    pub fn bus(&self, no: BusNo) -> Option<&Bus> {
        self.buses.get(no.0 as usize)
    }

    /// The bus with this name.
    pub fn bus_no(&self, id: BusId) -> Option<BusNo> {
        self.by_id.get(&id).copied()
    }

    /// All buses with their numbers.
    pub fn buses(&self) -> impl Iterator<Item = (BusNo, &Bus)> {
        (0..).map(BusNo).zip(&self.buses)
    }

    /// The node with this number.
    pub fn node(&self, no: NodeId) -> Option<&Node> {
        self.nodes.get(no.0 as usize)
    }

    /// All nodes with their numbers, devices of the domain first, in document order.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        (0..).map(NodeId).zip(&self.nodes)
    }

    /// The node of a device.
    pub fn node_of(&self, key: DeviceKey) -> Option<NodeId> {
        self.by_key.get(&key).copied()
    }

    /// The device of a node; `None` for parts of the chipset and for live devices.
    pub fn device<'d>(&self, domain: &'d Domain, no: NodeId) -> Option<&'d Device> {
        match self.node(no)?.kind {
            // The nodes of devices come first, in the order of the domain.
            NodeKind::Device(_) => domain.devices.get(no.0 as usize),
            NodeKind::Chipset(_) | NodeKind::Live(_) => None,
        }
    }

    /// The buses the machine itself offers, in the order they are drawn.
    pub fn roots(&self) -> &[BusNo] {
        &self.roots
    }

    /// The nodes without a bus, in document order.
    pub fn unplaced(&self) -> &[NodeId] {
        &self.unplaced
    }

    pub(super) fn set_guest_bus(&mut self, no: BusNo, number: GuestBus) {
        if let Some(bus) = self.buses.get_mut(no.0 as usize) {
            bus.guest = Some(number);
        }
    }
}

impl Node {
    pub(super) fn new(kind: NodeKind) -> Self {
        Self {
            kind,
            bus: None,
            place: Place::Unnumbered,
            offers: None,
            unplaced: None,
            contested: false,
            part: None,
            id: None,
        }
    }
}
