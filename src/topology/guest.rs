//! The guest's own bus numbers, which its firmware assigns.
//!
//! libvirt's `bus=` is a controller index. Firmware (SeaBIOS and OVMF alike, measured) walks the
//! bridges of a bus by slot and function and numbers everything below one before it goes on to the
//! next (PCI-to-PCI Bridge Architecture 1.2, section 12; SeaBIOS `fw/pciinit.c`).

use std::fmt;

use super::bus::BusId;
use super::ids::{BusNo, GuestBus, NodeId};
use super::place::Place;
use super::tree::Topology;
use crate::machine::MachineKind;
use crate::model::address::{Function, Slot};
use crate::model::{ControllerIndex, Domain, PciModel};

/// The address of a PCI device in the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GuestAddress {
    /// Bus number as firmware counts.
    pub bus: GuestBus,
    /// Slot, the XML's.
    pub slot: Slot,
    /// Function, the XML's.
    pub function: Function,
}

/// `03:00.0`, as `lspci` prints it.
impl fmt::Display for GuestAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bus, slot, function } = self;
        write!(f, "{:02x}:{:02x}.{:x}", bus.0, slot.get(), function.get())
    }
}

/// Numbers every bus behind PCI bus 0.
pub(super) fn number(topology: &mut Topology, domain: &Domain) {
    if !topology.counts_buses() {
        return;
    }
    let Some(root) = topology.bus_no(BusId::Pci(ControllerIndex(0))) else { return };
    number_below(topology, domain, root, 0);
    // Expander buses are roots of their own, numbered from their `busNr`.
    let expanders: Vec<_> = expanders(topology, domain, root).collect();
    for (bus, first) in expanders {
        number_below(topology, domain, bus, first);
    }
}

/// The expander buses on `root` with the number of the bus that devices are on.
fn expanders<'t>(
    topology: &'t Topology,
    domain: &'t Domain,
    root: BusNo,
) -> impl Iterator<Item = (BusNo, u8)> + 't {
    topology.bus(root).into_iter().flat_map(|bus| &bus.nodes).filter_map(move |no| {
        let node = topology.node(*no)?;
        let controller = topology.device(domain, *no)?.controller()?;
        let number = u8::try_from(controller.target.bus_nr?).ok()?;
        // QEMU puts a hidden bridge on the root bus of a `pxb`; its devices are one bus further.
        let hidden = u8::from(controller.pci_model() == Some(PciModel::PciExpanderBus));
        Some((node.offers?, number.checked_add(hidden)?))
    })
}

fn number_below(topology: &mut Topology, domain: &Domain, root: BusNo, first: u8) {
    let mut next = Some(first);
    let mut stack = vec![root];
    let mut seen = std::collections::HashSet::new();
    while let Some(bus) = stack.pop() {
        if !seen.insert(bus) {
            continue;
        }
        let Some(number) = next else { return };
        topology.set_guest_bus(bus, GuestBus(number));
        next = number.checked_add(1);
        let bridges = topology.bus(bus).into_iter().flat_map(|bus| bus.nodes.iter().rev());
        let below: Vec<BusNo> =
            bridges.filter_map(|no| numbered_bus(topology, domain, *no)).collect();
        stack.extend(below);
    }
}

/// The bus behind a bridge, when firmware numbers it in line.
fn numbered_bus(topology: &Topology, domain: &Domain, no: NodeId) -> Option<BusNo> {
    let offers = topology.node(no)?.offers?;
    let is_expander = topology
        .device(domain, no)
        .and_then(|device| device.controller()?.pci_model())
        .is_some_and(|model| matches!(model, PciModel::PciExpanderBus | PciModel::PcieExpanderBus));
    (topology.bus(offers)?.is_pci() && !is_expander).then_some(offers)
}

impl Topology {
    /// Whether the guest identifies devices by bus numbers of its firmware. pSeries' buses are
    /// numbered by the hypervisor's device tree, and on IBM Z every function is a bus of its own,
    /// named by its uid.
    pub fn counts_buses(&self) -> bool {
        !matches!(self.machine.kind, MachineKind::Pseries | MachineKind::S390Ccw)
    }

    /// The address in the guest of a node on a PCI bus.
    pub fn guest_address(&self, no: NodeId) -> Option<GuestAddress> {
        let node = self.node(no)?;
        let bus = self.bus(node.bus?)?.guest?;
        match node.place {
            Place::Pci(slot, function) => Some(GuestAddress { bus, slot, function }),
            _ => None,
        }
    }
}
