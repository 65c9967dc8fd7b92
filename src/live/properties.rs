//! From a device's properties to its place, in the same way for both index of the device tree.

use std::collections::HashMap;

use super::facts::{Facts, LiveBusKind, LiveNo, PciFacts, QdevAddress};
use crate::machine::{Model, QemuBus};
use crate::model::address::{CcwAddress, Function, IsaAddress, Slot};
use crate::topology::GuestBus;

/// Properties to query, if an object has them. They are queried once in the life of an object: none
/// of them may change in it.
pub(super) const WANTED: &[&str] = &[
    "parent_bus",
    "addr",
    "bus_nr",
    "multifunction",
    "hotpluggable",
    "hotplugged",
    "port",
    "channel",
    "scsi-id",
    "lun",
    "unit",
    "nr",
    "name",
    "slot",
    "mac",
    "netdev",
    "dev_id",
    "reg",
    "index",
    "iobase",
    "ioport",
    "irq",
];

/// Sets the facts that follow from a device's properties. Numbers may be decimal; text that QEMU
/// prints after them has been removed.
pub(super) fn settle<'p>(
    facts: &mut Facts,
    no: LiveNo,
    property: &impl Fn(&str) -> Option<&'p str>,
) {
    let kind = facts.bus_kind(no);
    let number = |name: &str| property(name).and_then(|value| value.parse::<u32>().ok());
    let text = |name: &str| property(name).filter(|value| !value.is_empty() && *value != "<null>");
    let flag = |name: &str| match property(name) {
        Some("true" | "on") => Some(true),
        Some("false" | "off") => Some(false),
        _ => None,
    };
    let Some(device) = facts.devices.get_mut(no.0) else { return };
    device.address = match kind {
        LiveBusKind::Pci => property("addr").and_then(pci).unwrap_or_default(),
        LiveBusKind::Usb => {
            let port = property("port").and_then(|port| port.parse().ok());
            port.map_or(device.address, QdevAddress::Usb)
        }
        LiveBusKind::Scsi => match (number("channel"), number("scsi-id"), number("lun")) {
            (Some(channel), Some(target), Some(lun)) => QdevAddress::Scsi { channel, target, lun },
            _ => QdevAddress::None,
        },
        LiveBusKind::Ide | LiveBusKind::Floppy => {
            number("unit").map_or(QdevAddress::None, QdevAddress::Unit)
        }
        LiveBusKind::Serial => number("nr").map_or(QdevAddress::None, QdevAddress::Port),
        LiveBusKind::Ccid => number("slot").map_or(QdevAddress::None, QdevAddress::Slot),
        LiveBusKind::Ccw => {
            property("dev_id").and_then(ccw).map_or(QdevAddress::None, QdevAddress::Ccw)
        }
        LiveBusKind::Vio => {
            let reg = property("reg").and_then(|reg| reg.parse().ok());
            reg.map_or(QdevAddress::None, QdevAddress::Reg)
        }
        LiveBusKind::System if device.driver.as_deref() == Some("spapr-pci-host-bridge") => {
            number("index").map_or(QdevAddress::None, QdevAddress::Host)
        }
        LiveBusKind::Isa => {
            let driver = device.driver.as_deref().and_then(Model::of_driver);
            let is_own = driver.is_some_and(|(_, own, _)| own.bus == QemuBus::Isa && !own.builtin);
            if is_own { isa(&number) } else { QdevAddress::None }
        }
        LiveBusKind::Virtio | LiveBusKind::System | LiveBusKind::Memory | LiveBusKind::Other => {
            QdevAddress::None
        }
    };
    if kind == LiveBusKind::Pci {
        let bus = property("busnr").and_then(|number| number.parse().ok()).map(GuestBus);
        let pci = device.pci.get_or_insert_with(PciFacts::default);
        pci.bus = bus.or(pci.bus);
        device.multifunction = flag("multifunction");
        device.bus_nr = property("bus_nr").and_then(|number| number.parse().ok());
    }
    if kind == LiveBusKind::Serial {
        device.name = text("name").map(Into::into);
    }
    device.mac = text("mac").map(|mac| mac.to_ascii_lowercase().into());
    device.drive = text("drive").map(Into::into);
    device.netdev = text("netdev").map(Into::into);
    device.hotpluggable = flag("hotpluggable");
    device.hotplugged = flag("hotplugged");
}

/// The ISA place of a queried device; fixed devices of the machine have none.
fn isa(number: &dyn Fn(&str) -> Option<u32>) -> QdevAddress {
    let port = number("iobase").or_else(|| number("ioport"));
    let irq = number("irq").unwrap_or_default();
    let at = IsaAddress { iobase: port.unwrap_or_default(), irq };
    QdevAddress::Isa { nth: number("index"), at }
}

/// Parses numbers such as `fe.0.0001`.
fn ccw(text: &str) -> Option<CcwAddress> {
    let hex = |text: &str| u32::from_str_radix(text, 16).ok();
    let (cssid, rest) = text.split_once('.')?;
    let (ssid, devno) = rest.split_once('.')?;
    CcwAddress::new(hex(cssid)?, hex(ssid)?, hex(devno)?)
}

/// `0c.0` in hexadecimal as `info qtree` has it, or slot * 8 + function as an object has it.
fn pci(text: &str) -> Option<QdevAddress> {
    let (slot, function) = match text.split_once('.') {
        Some((slot, function)) => {
            (u32::from_str_radix(slot, 16).ok()?, u32::from_str_radix(function, 16).ok()?)
        }
        None => {
            let devfn: u32 = text.parse().ok()?;
            (devfn >> 3, devfn & 7)
        }
    };
    Some(QdevAddress::Pci(Slot::new(slot)?, Function::new(function)?))
}

/// Marks the PCI buses that are roots, and sets their numbers: from the devices on them, else from
/// the expander of that name, else 0.
pub(super) fn number_roots(facts: &mut Facts) {
    let mut said = HashMap::new();
    for device in &facts.devices {
        if let (Some(bus), Some(number)) = (device.bus, device.pci.as_ref().and_then(|p| p.bus)) {
            said.entry(bus).or_insert(number);
        }
    }
    let numbers: Vec<Option<GuestBus>> = facts
        .numbered_buses()
        .map(|(no, bus)| {
            let holder = bus.holder.and_then(|holder| facts.device(holder));
            let is_root = bus.kind == LiveBusKind::Pci
                && holder.is_none_or(|holder| !matches!(holder.address, QdevAddress::Pci(..)));
            if !is_root {
                return None;
            }
            let expander = || {
                let on = |name: &str| facts.by_id(name).and_then(|no| facts.device(no)?.bus_nr);
                let inner = || {
                    let inside = facts.devices.iter().find(|device| device.bus == Some(no))?;
                    facts
                        .devices
                        .iter()
                        .find(|other| {
                            other.bus_nr.is_some() && other.id.is_some() && other.id == inside.id
                        })?
                        .bus_nr
                };
                bus.name.as_deref().and_then(on).or_else(inner).map(GuestBus)
            };
            Some(said.get(&no).copied().or_else(expander).unwrap_or(GuestBus(0)))
        })
        .collect();
    for (bus, number) in facts.buses.iter_mut().zip(numbers) {
        bus.root = number;
    }
    // A number on a bus that firmware has not counted is the bridge's reset value.
    let counted: Vec<bool> = facts.buses.iter().map(|bus| bus.root.is_some()).collect();
    for device in &mut facts.devices {
        let on_root = device.bus.and_then(|bus| counted.get(bus.0)).copied().unwrap_or_default();
        if let Some(pci) = device.pci.as_mut().filter(|_| !on_root) {
            pci.bus = pci.bus.filter(|bus| bus.0 != 0);
        }
    }
}
