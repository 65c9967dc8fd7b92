//! Places that QEMU chooses for the devices of its command line that have no address.
//!
//! QEMU makes the devices of the board first (USB, display, NICs), then each plain `-device` in the
//! order of the arguments, disks of `-drive if=virtio`, the devices of libvirt, which are JSON, and at
//! last the `-device` arguments in JSON. Without `bus=` a device goes to the root bus, without `addr=`
//! to the first slot whose function 0 is free.
//!
//! Source: QEMU `system/vl.c: qemu_create_cli_devices`, `system/qdev-monitor.c: qbus_find_recursive`,
//! `hw/pci/pci.c: do_pci_register_device`; order and places measured with QEMU 10.0.2.

use std::collections::{HashMap, HashSet};

use super::attach::{Attacher, devfn, drive_kind};
use super::bus::BusId;
use super::place::Place;
use crate::machine::{ChipsetPart, MachineKind, Model, QemuBus};
use crate::model::address::{Function, Slot};
use crate::model::{
    Address, ControllerIndex, ControllerKind, DeviceClass, Domain, Kind, QemuDevice, QemuOption,
};

/// Numbers of the devices of the command line with the places that QEMU chooses for them; devices with
/// an address of their own and devices that are not on PCI are left out.
pub(super) fn places(domain: &Domain, attacher: &Attacher<'_>) -> HashMap<u32, (BusId, Place)> {
    let mut arguments: Vec<(u32, &QemuDevice)> = domain
        .of_class(DeviceClass::Qemu)
        .filter_map(|device| match &device.kind {
            Kind::Qemu(qemu) => Some((device.key().nth, qemu)),
            _ => None,
        })
        .collect();
    let is_settled = |qemu: &QemuDevice| {
        qemu.option != QemuOption::BoardDrive && qemu.bus.is_some() && qemu.addr.is_some()
    };
    if arguments.iter().all(|(_, qemu)| is_settled(qemu)) {
        return HashMap::new();
    }
    arguments.sort_by_key(|(_, qemu)| (qemu.json, qemu.option));
    let mut taken = Taken::of_chipset(attacher);
    let mut found = HashMap::new();
    let (json, plain): (Vec<_>, Vec<_>) = arguments.into_iter().partition(|(_, qemu)| qemu.json);
    for (nth, qemu) in plain {
        found.extend(taken.place(attacher, nth, qemu));
    }
    for device in &domain.devices {
        if let (Kind::Disk(disk), Some(Address::Drive(at))) = (&device.kind, device.address())
            && at.controller.0 == 0
            && let Some((kind, ..)) = attacher.machine().kind.board_drives()
            && drive_kind(disk) == Some(kind)
        {
            let is_port = kind == ControllerKind::Sata;
            taken.drives.insert(if is_port { (at.unit, 0) } else { (at.bus, at.unit) });
        }
    }
    for at in domain.devices.iter().filter_map(|device| device.pci().filter(|at| at.domain == 0)) {
        taken.add(BusId::Pci(at.bus), at.slot, at.function);
    }
    for (nth, qemu) in json {
        found.extend(taken.place(attacher, nth, qemu));
    }
    found
}

/// The places that are taken so far.
struct Taken {
    functions: HashSet<(BusId, Slot, Function)>,
    /// Channels or ports of the board's drive controller, with their units.
    drives: HashSet<(u32, u32)>,
}

impl Taken {
    fn of_chipset(attacher: &Attacher<'_>) -> Self {
        let parts = attacher.machine().chipset().iter();
        let function =
            |part: &ChipsetPart| (BusId::Pci(part.at.bus), part.at.slot, part.at.function);
        Self { functions: parts.map(function).collect(), drives: HashSet::new() }
    }

    fn add(&mut self, bus: BusId, slot: Slot, function: Function) {
        self.functions.insert((bus, slot, function));
    }

    /// Takes a place on the drive controller of the board: on the bus `ide.N`, or on the first with a
    /// free unit.
    fn place_drive(&mut self, machine: MachineKind, qemu: &QemuDevice) -> Option<(BusId, Place)> {
        let (kind, buses, units) = machine.board_drives()?;
        let named = match qemu.bus.as_deref() {
            Some(name) => Some(name.strip_prefix("ide.")?.parse::<u32>().ok()?),
            None => None,
        };
        let unit = qemu.addr.as_deref().and_then(|addr| addr.parse::<u32>().ok());
        let (bus, unit) = (0..buses)
            .filter(|bus| named.is_none_or(|named| named == *bus))
            .flat_map(|bus| (0..units).map(move |unit| (bus, unit)))
            .find(|at| unit.is_none_or(|unit| unit == at.1) && !self.drives.contains(at))?;
        self.drives.insert((bus, unit));
        let place = match kind {
            ControllerKind::Sata => Place::Drive { bus: 0, target: 0, unit: bus },
            _ => Place::Drive { bus, target: 0, unit },
        };
        Some((BusId::Drive(kind, ControllerIndex(0)), place))
    }

    /// Takes the place of one device; returns it where QEMU chooses it.
    fn place(
        &mut self,
        attacher: &Attacher<'_>,
        nth: u32,
        qemu: &QemuDevice,
    ) -> Option<(u32, (BusId, Place))> {
        let driver = Model::of_driver(&qemu.driver).map(|(_, driver, _)| driver.bus);
        if driver == Some(QemuBus::Ide) {
            return Some((nth, self.place_drive(attacher.machine().kind, qemu)?));
        }
        let bus = match qemu.bus.as_deref() {
            Some(name) => attacher.argument_bus(name)?,
            None => BusId::Pci(ControllerIndex(0)),
        };
        let has_root = attacher.machine().root().is_some();
        let is_on_pci = driver == Some(QemuBus::Pci) && (qemu.bus.is_some() || has_root);
        let is_there = match bus {
            // libvirt's controllers come after plain devices.
            BusId::Pci(index) => qemu.json || index.0 == 0,
            bus => matches!(bus, BusId::Qemu(_)),
        };
        if !is_on_pci || !is_there {
            return None;
        }
        if let Some(addr) = qemu.addr.as_deref() {
            let Some(Place::Pci(slot, function)) = devfn(addr) else { return None };
            self.add(bus, slot, function);
            return qemu.bus.is_none().then_some((nth, (bus, Place::Pci(slot, function))));
        }
        let is_free = |slot: &Slot| !self.functions.contains(&(bus, *slot, Function::ZERO));
        let slot = (0..=Slot::MAX.get()).filter_map(|slot| Slot::new(slot.into())).find(is_free)?;
        self.add(bus, slot, Function::ZERO);
        Some((nth, (bus, Place::Pci(slot, Function::ZERO))))
    }
}

#[cfg(test)]
mod tests {
    use crate::topology::{Bus, Topology};
    use crate::xml::{Document, decode::decode};

    /// The devices of the command line with their places.
    fn placed(machine: &str, devices: &str, arguments: &[&str]) -> Vec<String> {
        let arguments: Vec<String> =
            arguments.iter().map(|value| format!("<q:arg value='{value}'/>")).collect();
        let arguments = arguments.concat();
        let text = format!(
            "<domain xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'>\
             <os><type arch='x86_64' machine='{machine}'/></os><devices>{devices}</devices>\
             <q:commandline>{arguments}</q:commandline></domain>"
        );
        let domain = decode(&Document::parse(text).unwrap()).unwrap().domain;
        let topology = Topology::build(&domain);
        let line = |device: &crate::model::Device| {
            let node = topology.node(topology.node_of(device.key())?)?;
            let bus = node.bus.and_then(|bus| topology.bus(bus)).map(Bus::name);
            let bus = bus.unwrap_or_else(|| "-".to_owned());
            Some(format!("{} {bus} {}", device.title(), node.place))
        };
        domain.of_class(crate::model::DeviceClass::Qemu).filter_map(line).collect()
    }

    const ROOT: &str = "<controller type='pci' index='0' model='pcie-root'/>";
    const CARD: &str = "<sound model='ac97'><address type='pci' slot='0x01'/></sound>";
    const JSON: &str = "{&quot;driver&quot;:&quot;e1000&quot;}";

    #[test]
    fn devices_are_made_in_the_order_of_qemu() {
        let arguments = ["-device", "rtl8139", "-nic", "user", "-vga", "std", "-drive"];
        let arguments = [&arguments[..], &["if=virtio,file=/a", "-device", "e1000"]].concat();
        assert_eq!(
            placed("q35", ROOT, &arguments),
            [
                "-device rtl8139 pcie.0 03.0",
                "-nic e1000e pcie.0 02.0",
                "-vga VGA pcie.0 01.0",
                "-drive virtio-blk-pci pcie.0 05.0",
                "-device e1000 pcie.0 04.0",
            ]
        );
    }

    #[test]
    fn only_devices_in_json_come_after_those_of_libvirt() {
        let devices = format!("{ROOT}{CARD}");
        assert_eq!(
            placed("q35", &devices, &["-device", "e1000", "-device", JSON]),
            ["-device e1000 pcie.0 01.0", "-device e1000 pcie.0 02.0"]
        );
    }

    #[test]
    fn a_port_of_the_command_line_has_its_device_in_slot_0() {
        let arguments = ["-device", "pcie-root-port,id=r,addr=5", "-device", "e1000e,bus=r"];
        let placed = placed("q35", ROOT, &arguments);
        assert_eq!(placed[0], "-device pcie-root-port pcie.0 05.0");
        assert!(placed[1].ends_with(" 00.0"), "{placed:?}");
    }

    #[test]
    fn drives_of_the_board_are_on_its_controller() {
        let root = "<controller type='pci' index='0' model='pci-root'/>";
        assert_eq!(
            placed("pc", root, &["-hdb", "/a", "-device", "ide-hd,drive=d"]),
            ["-drive ide-hd ide0 0:0:1", "-device ide-hd ide0 0:0:0"]
        );
        assert_eq!(placed("q35", ROOT, &["-cdrom", "/a"]), ["-drive ide-cd sata0 0:0:2"]);
    }

    #[test]
    fn devices_that_are_not_on_pci_and_unknown_ones_have_no_place() {
        assert_eq!(
            placed("q35", ROOT, &["-device", "usb-tablet", "-device", "no-such"]),
            ["-device usb-tablet - ", "-device no-such - "]
        );
    }
}
