//! The PCI buses of a topology with the devices on them, as libvirt's allocator sees them.

use super::Guest;
use super::bus::{BusId, Shape};
use super::ids::NodeId;
use super::pci::{PciBus, PciBuses, Request};
use super::place::Place;
use super::tree::{NodeKind, Topology};
use super::verdict::Asker;
use crate::machine::{MachineKind, Need, need};
use crate::model::address::PciAddress;
use crate::model::{ControllerIndex, Device, Domain, PciModel};

impl PciBuses {
    /// The buses of `guest` with its chipset and the devices for which `counts` holds; the places
    /// of others are free. The first of two devices in one place has it.
    ///
    /// A guest with gaps between its controllers ends before the first gap: complete it first.
    pub fn of(guest: Guest<'_>, counts: impl Fn(&Device) -> bool) -> Self {
        let Guest { domain, topology } = guest;
        let indexes = (0..).map(ControllerIndex).take(Self::MOST);
        let found = indexes.map_while(|index| bus(guest, index));
        let mut buses = Self::new(found.collect(), topology.machine.kind == MachineKind::Pseries);
        let express = is_express(domain);
        for (no, node) in topology.nodes() {
            let device = topology.device(domain, no).filter(|device| counts(device));
            // Without its element a part of the machine is there all the same.
            let part = node.part.map(NodeKind::Chipset);
            let Some(kind) = device.map(|_| node.kind).or(part) else { continue };
            // A bridge in a loop is on no bus, but libvirt reserves its place.
            let at = device.and_then(Device::pci).or_else(|| topology.pci_address(no));
            let Some(at) = at else { continue };
            let need = device.and_then(|device| need(device, express)).unwrap_or(Need::PCI);
            let request = Request { occupant: Some(kind), need, group: 0 };
            // A device that may not be there is a problem of its own.
            let _ = buses.reserve(request, at, Asker::Written);
        }
        buses
    }
}

/// The bus behind the PCI controller with this index, empty.
fn bus(guest: Guest<'_>, index: ControllerIndex) -> Option<PciBus> {
    let Guest { domain, topology } = guest;
    let bus = topology.bus(topology.bus_no(BusId::Pci(index))?)?;
    let Shape::Pci { model, .. } = bus.shape else { return None };
    let controller = bus.parent.and_then(|no| topology.device(domain, no)?.controller());
    Some(PciBus::new(model, controller.and_then(|controller| controller.target.hotplug)))
}

impl Topology {
    /// The PCI address of a node on a bus of libvirt's; `None` on other buses.
    fn pci_address(&self, no: NodeId) -> Option<PciAddress> {
        let node = self.node(no)?;
        match (self.bus(node.bus?)?.id, node.place) {
            (BusId::Pci(bus), Place::Pci(slot, function)) => {
                Some(PciAddress { domain: 0, bus, slot, function })
            }
            _ => None,
        }
    }
}

/// Whether PCI controller 0 is `pcie-root`: then devices with a choice require PCI Express.
pub fn is_express(domain: &Domain) -> bool {
    domain.controllers().any(|(_, controller)| {
        controller.index == Some(ControllerIndex(0))
            && controller.pci_model() == Some(PciModel::PcieRoot)
    })
}
