//! The details of the selected row, as labels and values.

use super::detail::Detail;
use super::node::{chipset, title_of};
use super::path::path;
use super::{Guest, GuestNames, Mark, Target, Whereabouts};
use crate::model::{Device, Kind, Placement};
use crate::topology::{Bus, BusId, Node, NodeId, Shape};

/// The heading above the lines: the name of the selected object.
pub fn details_title(guest: Guest<'_>, target: Target) -> String {
    match target {
        Target::Device(key) | Target::Siblings(key) => {
            guest.topology.node_of(key).map(|no| title_of(guest, no)).unwrap_or_default()
        }
        Target::Chipset(at) => chipset(guest, at).map(|no| title_of(guest, no)).unwrap_or_default(),
        Target::Bus(id) => bus(guest, id).map(Bus::name).unwrap_or_default(),
        Target::Free(id, place) => {
            let name = bus(guest, id).map(Bus::name).unwrap_or_default();
            format!("free place {place} on {name}")
        }
        Target::Unplaced => "unplaced".to_owned(),
        Target::Live(id) => {
            guest.topology.node_of_live(id).map(|no| title_of(guest, no)).unwrap_or_default()
        }
    }
}

/// The lines about the live device of a row.
#[derive(Clone, Debug, Default)]
pub struct Running {
    /// The comparison, beside the address.
    pub comparison: Vec<Detail>,
    /// The monitor's report, before the places where the device may go.
    pub hardware: Vec<Detail>,
}

/// The lines about `target`.
pub fn details(
    guest: Guest<'_>,
    names: &GuestNames,
    whereabouts: Option<&Whereabouts>,
    running: Running,
    target: Target,
    line_of: &dyn Fn(&Device) -> Option<u32>,
) -> Vec<Detail> {
    let mut lines = DetailLines { told: Vec::new(), names, whereabouts, running };
    if !matches!(target, Target::Device(_) | Target::Siblings(_) | Target::Chipset(_)) {
        lines.comparison();
    }
    match target {
        Target::Device(key) | Target::Siblings(key) => {
            if let Some(no) = guest.topology.node_of(key) {
                lines.node(guest, no, line_of);
            }
        }
        Target::Chipset(at) => {
            if let Some(no) = chipset(guest, at) {
                lines.node(guest, no, line_of);
            }
        }
        Target::Bus(id) => {
            if let Some(bus) = bus(guest, id) {
                lines.bus(guest, bus);
            }
        }
        Target::Free(id, place) => {
            if let Some(bus) = bus(guest, id) {
                lines.add("bus", bus.name());
                let run =
                    bus.free_runs().into_iter().find(|run| run.first <= place && place <= run.last);
                lines.add("free", run.map(|run| run.to_string()).unwrap_or_default());
                lines.add("for", visitors(bus));
            }
        }
        Target::Unplaced => {
            for no in guest.topology.unplaced() {
                let why = guest.topology.node(*no).and_then(|node| node.unplaced);
                let why = why.map(crate::topology::Unplaced::as_str).unwrap_or_default();
                lines.marked("", format!("{}: {why}", title_of(guest, *no)), Mark::Conflict);
            }
        }
        Target::Live(_) => {}
    }
    lines.hardware();
    let steps = path(guest, target);
    if steps.len() > 1 {
        let labels: Vec<String> = steps.into_iter().map(|step| step.label).collect();
        lines.add("path", labels.join(" › "));
    }
    lines.told
}

/// The lines so far, and information beyond the guest itself.
struct DetailLines<'n> {
    told: Vec<Detail>,
    names: &'n GuestNames,
    whereabouts: Option<&'n Whereabouts>,
    running: Running,
}

impl DetailLines<'_> {
    fn add(&mut self, label: &'static str, value: impl Into<String>) {
        self.marked(label, value, Mark::None);
    }

    /// Adds the comparison with the running guest.
    fn comparison(&mut self) {
        self.told.append(&mut self.running.comparison);
    }

    /// Adds the monitor's report, unless that was done.
    fn hardware(&mut self) {
        self.told.append(&mut self.running.hardware);
    }

    /// Adds a line unless its value is empty.
    fn marked(&mut self, label: &'static str, value: impl Into<String>, mark: Mark) {
        let value = value.into();
        if !value.is_empty() {
            self.told.push(Detail { label, value, mark });
        }
    }

    fn node(&mut self, guest: Guest<'_>, no: NodeId, line_of: &dyn Fn(&Device) -> Option<u32>) {
        let Some(node) = guest.topology.node(no) else { return };
        let device = guest.topology.device(guest.domain, no);
        let mark = Mark::of(guest, no, node);
        match device {
            Some(device) if is_root(device) => {
                self.add("address", "no address (built into the machine)");
            }
            Some(device) => self.marked("address", address(device), mark),
            None => {
                self.marked("address", format!("{}  part of the chipset", node.place), mark);
            }
        }
        self.comparison();
        if let Some(why) = node.unplaced {
            self.marked("unplaced", why.as_str(), Mark::Conflict);
        }
        for other in rivals(guest, no, node) {
            self.marked(
                "conflict",
                format!("{} is here too", title_of(guest, other)),
                Mark::Conflict,
            );
        }
        // DetailLines of every device come first, so that little is drawn again from one to the next.
        if let Some(device) = device {
            match line_of(device) {
                Some(line) => self.add("in the XML", format!("{}, line {line}", device.key())),
                None => self.add("in the XML", "no; libvirt will add it"),
            }
        }
        let seen = match (guest.topology.guest_address(no), node.id) {
            (Some(address), Some(id)) => format!("{address}  {id}"),
            (Some(address), None) => address.to_string(),
            (None, Some(id)) => id.to_string(),
            (None, None) => String::new(),
        };
        self.add("guest sees", seen);
        let places = self.whereabouts.map(Whereabouts::lines).unwrap_or_default();
        if !places.is_empty() {
            self.hardware();
            self.told.extend(places);
        }
        if let Some(device) = device {
            self.device(device);
            for (label, value) in self.names.lines(device.key()) {
                self.add(label, value);
            }
        }
        let bus = node.offers.and_then(|no| guest.topology.bus(no));
        if let Some(bus) = bus.filter(|bus| !bus.is_live()) {
            self.bus(guest, bus);
        }
    }

    fn device(&mut self, device: &Device) {
        self.add("for", device.description());
        if let Kind::Disk(disk) = &device.kind {
            self.add("image", disk.shown_source().unwrap_or_default());
            self.add("serial", disk.serial.as_deref().unwrap_or_default());
        }
        if let Kind::Interface(interface) = &device.kind {
            self.add("on host", interface.target.as_deref().unwrap_or_default());
        }
        self.add("alias", device.alias.as_deref().unwrap_or_default());
        self.add("boot order", device.boot_order.map(|n| n.to_string()).unwrap_or_default());
        self.add("acpi index", device.acpi_index.map(|n| n.to_string()).unwrap_or_default());
        if let Some(address) = &device.address {
            for ignored in &address.ignored {
                self.marked("ignored", ignored.value.to_string(), Mark::Conflict);
            }
        }
    }

    fn bus(&mut self, guest: Guest<'_>, bus: &Bus) {
        self.add("offers", bus.name());
        self.add("guest's bus", bus.guest.map(|n| format!("{:02x}", n.0)).unwrap_or_default());
        let free = bus.free_runs().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        self.add("free", free);
        self.add("accepts", visitors(bus));
        let target = bus.parent.and_then(|no| guest.topology.device(guest.domain, no));
        if let Some(controller) = target.and_then(Device::controller) {
            let target = &controller.target;
            let number = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default();
            self.add("chassis", number(target.chassis.or(target.chassis_nr)));
            self.add("port", target.port.map(|port| format!("{port:#x}")).unwrap_or_default());
            self.add("bus number", number(target.bus_nr));
            self.add("NUMA node", number(target.node));
            self.add("hot-plug", if target.hotplug == Some(false) { "off" } else { "" });
        }
    }
}

/// Whether a device is the root of the machine's PCI buses.
fn is_root(device: &Device) -> bool {
    let model = device.controller().and_then(crate::model::Controller::pci_model);
    model.is_some_and(crate::model::PciModel::is_root) && device.address.is_none()
}

/// The address with how long it will stay and where it comes from.
fn address(device: &Device) -> String {
    let Some(address) = &device.address else { return "none".to_owned() };
    match &address.value {
        None => "cannot be read".to_owned(),
        Some(value) if address.placement() == Placement::Unplaced => {
            format!("{value}  still to be chosen")
        }
        Some(value) => {
            format!("{value}  {}, {}", address.placement().as_str(), address.origin.as_str())
        }
    }
}

/// Other nodes at the same place.
fn rivals(guest: Guest<'_>, no: NodeId, node: &Node) -> Vec<NodeId> {
    let bus = node.bus.filter(|_| node.contested).and_then(|no| guest.topology.bus(no));
    let others = bus.into_iter().flat_map(|bus| &bus.nodes).filter(|other| **other != no);
    others
        .filter(|other| guest.topology.node(**other).is_some_and(|other| other.place == node.place))
        .copied()
        .collect()
}

/// The kinds of devices that a bus is for.
fn visitors(bus: &Bus) -> String {
    use crate::model::PciModel;
    match (bus.id, bus.shape) {
        (_, Shape::Pci { model, .. }) => match model {
            PciModel::PciRoot | PciModel::PciBridge | PciModel::PciExpanderBus => {
                "conventional PCI devices and pci-bridge controllers"
            }
            PciModel::PcieRoot => "root ports and integrated devices; no hot-plug",
            PciModel::DmiToPciBridge => "pci-bridge controllers; conventional PCI by hand",
            PciModel::PcieToPciBridge => "conventional PCI devices, also hot-plugged",
            PciModel::PcieRootPort | PciModel::PcieSwitchDownstreamPort => {
                "one PCI Express device, also hot-plugged"
            }
            PciModel::PcieSwitchUpstreamPort => "downstream ports of the switch",
            PciModel::PcieExpanderBus => "root ports and dmi-to-pci-bridge controllers",
        },
        (BusId::Drive(..), _) => "disks of its kind",
        (BusId::Usb(_) | BusId::Hub(..), _) => "USB devices and hubs",
        (BusId::VirtioSerial(_), _) => "virtio channels and consoles",
        (BusId::Ccid(_), _) => "smartcards",
        _ => "",
    }
    .to_owned()
}

fn bus(guest: Guest<'_>, id: BusId) -> Option<&Bus> {
    guest.topology.bus(guest.topology.bus_no(id)?)
}
