//! Predictable interface names, as udev's `net_id` builtin makes them.
//!
//! `eno1` from an ACPI index, else `ens3` from a hot-plug slot number, else `enp0s3` from bus and
//! slot. The slot number is the guest kernel's: it is not the PCI slot but a number that ACPI or a
//! hot-plug controller gives it, and each number is given once.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::machine::MachineKind;
use crate::model::address::{Function, Slot};
use crate::model::{Device, DeviceKey, Domain, Kind, PciModel};
use crate::topology::{Bus, BusId, BusNo, GuestAddress, NodeId, Place, Shape, Topology};

/// The naming scheme of the guest's systemd. Other versions agree with one of these on PCI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// v251 to v253: Debian 12, RHEL 9, Ubuntu 22.04 and 24.04.
    #[default]
    V251,
    /// v247 to v250, and v255.
    V255,
    /// v257 and later: Debian 13.
    V257,
}

/// The possible names of a NIC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NicName {
    /// From `<acpi index=>`: `eno5`.
    pub onboard: Option<String>,
    /// From its slot number: `ens3`.
    pub slot: Option<String>,
    /// From bus, slot and function: `enp1s0`.
    pub path: String,
    /// Another NIC has the slot name already; renaming fails and it stays `eth0`, `eth1`, ...
    pub is_refused: bool,
    /// The address of the NIC in the guest.
    pub guest: GuestAddress,
}

impl NicName {
    /// The name in the guest; `None` if it keeps the kernel's name.
    pub fn name(&self) -> Option<&str> {
        match &self.onboard {
            Some(onboard) => Some(onboard),
            None if self.is_refused => None,
            None => Some(self.slot.as_ref().unwrap_or(&self.path)),
        }
    }
}

/// The names of all NICs of a PC guest that sit on PCI.
///
/// Source: systemd `src/udev/udev-builtin-net_id.c`; `guest-names` measurements.
pub fn nic_names(
    topology: &Topology,
    domain: &Domain,
    scheme: Scheme,
) -> BTreeMap<DeviceKey, NicName> {
    let Some(numbers) = SlotNumbers::of(topology, domain, scheme) else { return BTreeMap::new() };
    let mut names = BTreeMap::new();
    for device in &domain.devices {
        if let Kind::Interface(_) = device.kind
            && let Some(no) = topology.node_of(device.key())
            && super::is_found(topology, no)
            && let Some(name) = numbers.name(device, no)
        {
            names.insert(device.key(), name);
        }
    }
    if scheme == Scheme::V257 {
        refuse_twice(&mut names);
    }
    names
}

/// The lower guest address keeps a slot name that two ask for.
fn refuse_twice(names: &mut BTreeMap<DeviceKey, NicName>) {
    let mut order: Vec<&mut NicName> =
        names.values_mut().filter(|name| name.onboard.is_none()).collect();
    order.sort_by_key(|name| name.guest);
    let mut taken = HashSet::new();
    for name in order {
        if let Some(slot) = &name.slot {
            name.is_refused = !taken.insert(slot.clone());
        }
    }
}

/// The slot numbers of a guest's kernel.
struct SlotNumbers<'g> {
    topology: &'g Topology,
    domain: &'g Domain,
    scheme: Scheme,
    /// The slots that have a number so far.
    claimed: HashMap<(BusNo, Slot), u32>,
    /// Buses on which every device knows its number itself.
    own: HashSet<BusNo>,
    /// Buses the guest never finds.
    unseen: HashSet<BusNo>,
}

impl<'g> SlotNumbers<'g> {
    fn of(topology: &'g Topology, domain: &'g Domain, scheme: Scheme) -> Option<Self> {
        let mut numbers = Self {
            topology,
            domain,
            scheme,
            claimed: HashMap::new(),
            own: HashSet::new(),
            unseen: HashSet::new(),
        };
        match (topology.machine.kind, domain.features.acpi) {
            (MachineKind::I440fx, true) => numbers.pc_with_acpi(),
            (MachineKind::I440fx, false) => numbers.pc_without_acpi(),
            (MachineKind::Q35, true) => numbers.q35_with_acpi(),
            (MachineKind::Q35, false) => {
                // SeaBIOS then brings tables of its own, which number the slots of bus 0.
                if let Some(root) = numbers.root() {
                    numbers.claim_all(root);
                }
            }
            _ => return None,
        }
        Some(numbers)
    }

    fn root(&self) -> Option<BusNo> {
        self.topology.bus_no(BusId::Pci(crate::model::ControllerIndex(0)))
    }

    /// Bus 0 claims first, then the buses behind bridges in the order of the guest's numbers.
    fn pc_with_acpi(&mut self) {
        let hotplug = self.domain.features.acpi_hotplug;
        let root_off = |bus: &Bus| {
            let parent = bus.parent.and_then(|no| self.topology.device(self.domain, no));
            parent.and_then(Device::controller).is_some_and(|c| c.target.hotplug == Some(false))
        };
        let root = self.root();
        let is_off = root.and_then(|root| self.topology.bus(root)).is_some_and(root_off);
        if let Some(root) = root.filter(|_| hotplug.root && !is_off) {
            self.claim(root);
        }
        if hotplug.bridges {
            self.claim_bridges();
        }
    }

    fn pc_without_acpi(&mut self) {
        // SHPC: the kernel's driver serves the bridge it finds first.
        if let Some(first) = self.bridges().first() {
            self.claim_all(*first);
        }
        let below: Vec<BusNo> = self.pci_buses().filter(|no| self.is_below_expander(*no)).collect();
        self.unseen.extend(below);
    }

    fn q35_with_acpi(&mut self) {
        // From machine version 6.1 on bridges take ACPI hot-plug, before they did not.
        let is_old = self.domain.machine.as_deref().is_some_and(|machine| {
            let version = machine.strip_prefix("pc-q35-").unwrap_or_default();
            let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
            matches!((parts.next().flatten(), parts.next().flatten()),
                (Some(major), Some(minor)) if (major, minor) < (6, 1))
        });
        if self.domain.features.acpi_hotplug.bridges && !is_old {
            self.claim_bridges();
        }
    }

    fn claim_bridges(&mut self) {
        for bus in self.bridges() {
            self.claim(bus);
        }
    }

    /// The conventional buses behind bridges, by guest number; expanders take no part.
    fn bridges(&self) -> Vec<BusNo> {
        let mut buses: Vec<_> = self
            .pci_buses()
            .filter(|no| {
                let shape = self.topology.bus(*no).map(|bus| bus.shape);
                let is_bridge = matches!(
                    shape,
                    Some(Shape::Pci {
                        model: PciModel::PciBridge
                            | PciModel::PcieToPciBridge
                            | PciModel::DmiToPciBridge,
                        ..
                    })
                );
                is_bridge && !self.is_below_expander(*no)
            })
            .filter_map(|no| Some((self.topology.bus(no)?.guest?, no)))
            .collect();
        buses.sort_unstable();
        buses.into_iter().map(|(_, no)| no).collect()
    }

    fn pci_buses(&self) -> impl Iterator<Item = BusNo> + '_ {
        self.topology.buses().filter(|(_, bus)| bus.is_pci()).map(|(no, _)| no)
    }

    fn is_below_expander(&self, mut no: BusNo) -> bool {
        let mut seen = HashSet::new();
        while seen.insert(no) {
            let Some(bus) = self.topology.bus(no) else { return false };
            if matches!(
                bus.shape,
                Shape::Pci { model: PciModel::PciExpanderBus | PciModel::PcieExpanderBus, .. }
            ) {
                return true;
            }
            let above = bus.parent.and_then(|parent| self.topology.node(parent)?.bus);
            let Some(above) = above else { return false };
            no = above;
        }
        false
    }

    /// Gives numbers to slots of `bus` that are empty or hold a device that can be unplugged, as
    /// far as the numbers are free (kernel `drivers/pci/hotplug/acpiphp_glue.c`, `pci/slot.c`).
    fn claim(&mut self, bus: BusNo) {
        self.own.insert(bus);
        for slot in Slot::all().skip(1) {
            let number = u32::from(slot.get());
            let free = !self.claimed.values().any(|taken| *taken == number);
            if free && self.takes_hotplug(bus, slot) {
                self.claimed.insert((bus, slot), number);
            }
        }
    }

    fn claim_all(&mut self, bus: BusNo) {
        for slot in Slot::all().skip(1) {
            self.claimed.insert((bus, slot), u32::from(slot.get()));
        }
    }

    fn takes_hotplug(&self, bus: BusNo, slot: Slot) -> bool {
        let mut here = self.in_slot(bus, slot).peekable();
        here.peek().is_none() || here.any(|no| self.can_be_unplugged(no))
    }

    /// The nodes in a slot, function 0 first.
    fn in_slot(&self, bus: BusNo, slot: Slot) -> impl Iterator<Item = NodeId> + 'g {
        let bus = self.topology.bus(bus).filter(|bus| bus.is_pci());
        let (places, nodes) =
            bus.map(|bus| (bus.places.as_slice(), bus.nodes.as_slice())).unwrap_or_default();
        let first = places.partition_point(|place| place.slot() < Some(slot));
        let behind = places.partition_point(|place| place.slot() <= Some(slot));
        nodes.get(first..behind).unwrap_or_default().iter().copied()
    }

    /// Bridges, VGA and the chipset cannot be (QEMU `hotpluggable` of each device).
    fn can_be_unplugged(&self, no: NodeId) -> bool {
        let is_part = self.topology.node(no).is_some_and(|node| node.part.is_some());
        let Some(device) = self.topology.device(self.domain, no) else { return false };
        match &device.kind {
            Kind::Controller(controller) => controller.pci_model().is_none() && !is_part,
            Kind::Video(video) => {
                !matches!(video.model.as_deref(), Some("vga" | "cirrus" | "vmvga" | "qxl" | "xen"))
            }
            _ => !is_part,
        }
    }

    fn name(&self, device: &Device, no: NodeId) -> Option<NicName> {
        let node = self.topology.node(no)?;
        let bus = node.bus.filter(|bus| !self.unseen.contains(bus))?;
        let guest = self.topology.guest_address(no)?;
        let Place::Pci(slot, function) = node.place else { return None };
        let multifunction = self.is_multifunction(device, bus, slot, function);
        let suffix = if multifunction || function != Function::ZERO {
            format!("f{}", function.get())
        } else {
            String::new()
        };
        let number = match self.scheme {
            Scheme::V257 if self.own.contains(&bus) => Some(u32::from(slot.get())),
            _ => self.claimed.get(&(bus, slot)).copied(),
        };
        let number = number.or_else(|| match self.scheme {
            Scheme::V251 | Scheme::V257 if multifunction => self.number_above(bus),
            _ => None,
        });
        let onboard = device.acpi_index.filter(|_| self.domain.features.acpi);
        Some(NicName {
            onboard: onboard.map(|index| format!("eno{index}")),
            slot: number.map(|number| format!("ens{number}{suffix}")),
            path: format!("enp{}s{}{suffix}", guest.bus.0, slot.get()),
            is_refused: false,
            guest,
        })
    }

    /// Whether QEMU marks the function as one of several: by the XML, or by libvirt for function 0
    /// of a slot with others (`qemu_domain_address.c: qemuDomainAssignPCIAddresses`).
    fn is_multifunction(
        &self,
        device: &Device,
        bus: BusNo,
        slot: Slot,
        function: Function,
    ) -> bool {
        let said = match device.address() {
            Some(crate::model::Address::Pci(pci)) => pci.multifunction,
            _ => None,
        };
        said.unwrap_or_else(|| {
            let last = self.in_slot(bus, slot).last().and_then(|no| self.topology.node(no));
            function == Function::ZERO
                && last.is_some_and(|last| last.place != Place::Pci(slot, Function::ZERO))
        })
    }

    /// The number of the nearest bridge above that has one.
    fn number_above(&self, mut bus: BusNo) -> Option<u32> {
        let mut seen = HashSet::new();
        while seen.insert(bus) {
            let node = self.topology.node(self.topology.bus(bus)?.parent?)?;
            bus = node.bus?;
            let number = node.place.slot().and_then(|slot| self.claimed.get(&(bus, slot)));
            if number.is_some() {
                return number.copied();
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::{Document, decode::decode};

    /// Names of the NICs in document order; `-` for one that keeps the kernel's.
    fn names(machine: &str, acpi: bool, devices: &str, scheme: Scheme) -> Vec<String> {
        let features = if acpi { "<features><acpi/></features>" } else { "" };
        let text = format!(
            "<domain><os><type arch='x86_64' machine='{machine}'/></os>{features}\
             <devices>{devices}</devices></domain>"
        );
        let domain = decode(&Document::parse(text).unwrap()).unwrap().domain;
        let topology = Topology::build(&domain);
        let names = nic_names(&topology, &domain, scheme);
        names.values().map(|name| name.name().unwrap_or("-").to_owned()).collect()
    }

    fn nic(bus: u32, slot: u32, more: &str) -> String {
        format!("<interface>{more}<address type='pci' bus='{bus}' slot='{slot}'/></interface>")
    }

    fn bridge(index: u32, model: &str, slot: u32) -> String {
        format!(
            "<controller type='pci' index='{index}' model='{model}'><address type='pci' \
             bus='0' slot='{slot}'/></controller>"
        )
    }

    #[test]
    fn acpi_decides_about_slot_names_and_the_other_way_round_on_q35() {
        let nics = nic(0, 3, "");
        for (machine, acpi, want) in [
            ("pc", true, "ens3"),
            ("pc", false, "enp0s3"),
            ("q35", true, "enp0s3"),
            ("q35", false, "ens3"),
        ] {
            assert_eq!(names(machine, acpi, &nics, Scheme::V251), [want], "{machine} {acpi}");
        }
    }

    #[test]
    fn a_number_behind_a_bridge_is_left_over_by_bus_0() {
        let devices = bridge(1, "pci-bridge", 9) + &nic(1, 9, "") + &nic(1, 4, "") + &nic(0, 4, "");
        let v251 = names("pc", true, &devices, Scheme::V251);
        assert_eq!(v251, ["ens9", "enp1s4", "ens4"]);
        // Both want ens4; the lower address keeps it.
        let v257 = names("pc", true, &devices, Scheme::V257);
        assert_eq!(v257, ["ens9", "-", "ens4"]);
    }

    #[test]
    fn an_acpi_index_survives_every_move() {
        let index = "<acpi index='5'/>";
        let devices = bridge(1, "pcie-root-port", 2) + &nic(1, 0, index);
        assert_eq!(names("q35", true, &devices, Scheme::V251), ["eno5"]);
        assert_eq!(names("q35", false, &devices, Scheme::V251), ["enp1s0"]);
    }

    #[test]
    fn other_machines_get_no_name() {
        assert_eq!(names("isapc", true, &nic(0, 3, ""), Scheme::V251), [""; 0]);
    }
}
