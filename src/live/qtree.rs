//! Parses `info qtree`: every device with its bus, place and properties.
//!
//! It is plain text of the human monitor, in the same form for a decade, and complete also before
//! firmware has numbered buses. If objects can be queried ([`super::QomWalk`]) it only adds what
//! those do not have, or what changes and is not queried: PCI ids and bus numbers, USB numbers, and
//! the drive of a device.

use super::facts::{
    Facts, LiveBus, LiveBusKind, LiveBusNo, LiveDevice, LiveNo, PciFacts, QdevAddress,
};
use super::hmp::class_of;
use super::properties;
use crate::machine::PciId;
use crate::model::Text;
use crate::topology::GuestBus;

/// The device or bus that the lines at some indentation belong to.
#[derive(Clone, Copy)]
enum TreeNode {
    Bus(LiveBusNo),
    Device(LiveNo),
}

/// Properties of one device, as printed.
type Properties = Vec<(Text, Text)>;

/// The devices and buses of `info qtree`; empty when the text is something else.
pub fn info_qtree(text: &str) -> Facts {
    let (mut facts, properties) = read(text);
    for (nth, own) in properties.iter().enumerate() {
        let get = |name: &str| own.iter().find(|(own, _)| &**own == name).map(|(_, v)| &**v);
        properties::settle(&mut facts, LiveNo(nth), &get);
    }
    properties::number_roots(&mut facts);
    facts.lift_inner_halves();
    facts.has_tree = !facts.buses.is_empty();
    facts
}

/// Like [`info_qtree`], with the properties of each device not interpreted yet.
pub(super) fn read(text: &str) -> (Facts, Vec<Properties>) {
    let mut facts = Facts::default();
    let mut properties: Vec<Properties> = Vec::new();
    let mut open: Vec<(usize, TreeNode)> = Vec::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let words = line.trim();
        while open.last().is_some_and(|(at, _)| *at >= indent) {
            open.pop();
        }
        let parent = open.last().map(|(_, node)| *node);
        if let Some(name) = words.strip_prefix("bus: ") {
            let holder = match parent {
                Some(TreeNode::Device(no)) => Some(no),
                _ => None,
            };
            let no = LiveBusNo(facts.buses.len());
            facts.buses.push(LiveBus { name: Some(name.into()), holder, ..LiveBus::default() });
            open.push((indent, TreeNode::Bus(no)));
        } else if let Some(rest) = words.strip_prefix("dev: ") {
            let (driver, id) = rest.split_once(", id ").unwrap_or((rest, ""));
            let id = id.trim().trim_matches('"');
            let bus = match parent {
                Some(TreeNode::Bus(no)) => Some(no),
                _ => None,
            };
            let no = LiveNo(facts.devices.len());
            facts.devices.push(LiveDevice {
                driver: Some(driver.trim().into()),
                id: Some(id).filter(|id| !id.is_empty()).map(Into::into),
                bus,
                ..LiveDevice::default()
            });
            properties.push(Vec::new());
            open.push((indent, TreeNode::Device(no)));
        } else {
            match parent {
                Some(TreeNode::Bus(no)) => bus_line(&mut facts, no, words),
                Some(TreeNode::Device(no)) => {
                    device_line(&mut facts, no, words);
                    if let (Some((name, value)), Some(own)) =
                        (words.split_once(" = "), properties.get_mut(no.0))
                    {
                        own.push((name.into(), plain(value).into()));
                    }
                }
                None => {}
            }
        }
    }
    (facts, properties)
}

/// The value in `5 (0x5)` or `"text"`.
fn plain(value: &str) -> &str {
    let value = value.trim();
    match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
        Some(text) => text,
        None => value.split_once(" (").map_or(value, |(value, _)| value),
    }
}

fn bus_line(facts: &mut Facts, no: LiveBusNo, words: &str) {
    if let (Some(word), Some(bus)) = (words.strip_prefix("type "), facts.buses.get_mut(no.0)) {
        bus.kind = LiveBusKind::from_name(word).unwrap_or_default();
    }
}

fn device_line(facts: &mut Facts, no: LiveNo, words: &str) {
    let Some(device) = facts.devices.get_mut(no.0) else { return };
    if let Some(rest) = words.strip_prefix("class ") {
        device.pci = pci_line(rest).or(device.pci.take());
    } else if let Some(rest) = words.strip_prefix("addr ").filter(|rest| rest.contains(", port ")) {
        let number = rest.split(',').next().unwrap_or_default();
        device.usb = number
            .split_once('.')
            .and_then(|(bus, address)| Some((bus.parse().ok()?, address.parse().ok()?)));
        // Also if QEMU chose the port, which the property does not have.
        let port = rest.split(", ").find_map(|part| part.strip_prefix("port "));
        device.address =
            port.and_then(|port| port.parse().ok()).map_or(QdevAddress::None, QdevAddress::Usb);
    }
}

/// `Class 00ff, addr 00:0c.0, pci id 1af4:1002 (sub 1af4:0005)`; the class in hexadecimal.
fn pci_line(rest: &str) -> Option<PciFacts> {
    let (name, rest) = rest.split_once(", addr ")?;
    let (place, ids) = rest.split_once(", pci id ")?;
    let (own, sub) = ids.split_once(" (sub ").unwrap_or((ids, ""));
    let id = |text: &str| {
        let (vendor, device) = text.trim().trim_end_matches(')').split_once(':')?;
        let hex = |text: &str| u16::from_str_radix(text, 16).ok();
        Some(PciId { vendor: hex(vendor)?, device: hex(device)? })
    };
    let bus = place.split_once(':').and_then(|(bus, _)| u8::from_str_radix(bus, 16).ok());
    Some(PciFacts {
        class: class_of(name, id(own), false),
        id: id(own),
        subsystem: id(sub).filter(|sub| (sub.vendor, sub.device) != (0, 0)),
        bus: bus.map(GuestBus),
        ..PciFacts::default()
    })
}

impl Facts {
    /// Adds information of another listing of the same device tree: PCI ids and bus numbers, USB
    /// numbers, drives. Devices are recognised by id, or by the name of their bus and the place on
    /// it.
    pub(super) fn enrich(&mut self, other: &Facts) {
        let name =
            |facts: &Facts, no: Option<LiveBusNo>| -> Option<Text> { facts.bus(no?)?.name.clone() };
        for told in &other.devices {
            let bus = name(other, told.bus);
            let found = self.devices.iter().position(|own| {
                let same_place = || {
                    own.address != QdevAddress::None
                        && own.address == told.address
                        && name(self, own.bus) == bus
                };
                match (&own.id, &told.id) {
                    (Some(own_id), Some(id)) => own_id == id && own.driver == told.driver,
                    // The bridge inside of a pxb has its id, but is no user's object.
                    (None, _) => same_place() && own.driver == told.driver,
                    _ => false,
                }
            });
            let Some(own) = found.and_then(|no| self.devices.get_mut(no)) else { continue };
            if let Some(told) = &told.pci {
                let pci = own.pci.get_or_insert_default();
                pci.class = pci.class.or(told.class);
                pci.id = pci.id.or(told.id);
                pci.subsystem = pci.subsystem.or(told.subsystem);
                pci.bus = pci.bus.or(told.bus);
            }
            own.usb = own.usb.or(told.usb);
            own.drive.clone_from(&told.drive);
            if own.address == QdevAddress::None && matches!(told.address, QdevAddress::Usb(_)) {
                own.address = told.address;
            }
        }
        self.enrich_nameless_usb(other);
        properties::number_roots(self);
    }
}

impl Facts {
    /// Moves the properties of an inner part (the virtio device behind a PCI function, the disk of
    /// a USB stick) to the configured device; objects have them there themselves.
    fn lift_inner_halves(&mut self) {
        for no in (0..self.devices.len()).map(LiveNo) {
            let Some(on) = self.device(no).and_then(|device| device.bus) else { continue };
            let is_inner = match self.bus_kind(no) {
                LiveBusKind::Virtio => true,
                LiveBusKind::Scsi => !self.has_address(no),
                _ => false,
            };
            let outer = self.bus(on).and_then(|bus| bus.holder).filter(|_| is_inner);
            let Some(inner) = self.device(no).filter(|_| outer.is_some()) else { continue };
            let (mac, drive, netdev) =
                (inner.mac.clone(), inner.drive.clone(), inner.netdev.clone());
            if let Some(outer) = outer.and_then(|outer| self.devices.get_mut(outer.0)) {
                outer.mac = outer.mac.take().or(mac);
                outer.drive = outer.drive.take().or(drive);
                outer.netdev = outer.netdev.take().or(netdev);
            }
        }
    }

    /// USB devices without id on a port that QEMU chose are recognised by their order only: objects
    /// are numbered in the order of creation, the tree lists the newest first.
    fn enrich_nameless_usb(&mut self, other: &Facts) {
        let name = |facts: &Facts, no: Option<LiveBusNo>| facts.bus(no?)?.name.clone();
        let open: Vec<usize> = (0..self.devices.len())
            .filter(|no| {
                self.devices.get(*no).is_some_and(|own| {
                    own.id.is_none()
                        && own.address == QdevAddress::None
                        && self.bus_kind(LiveNo(*no)) == LiveBusKind::Usb
                })
            })
            .collect();
        let told: Vec<&LiveDevice> = other
            .devices
            .iter()
            .rev()
            .filter(|told| {
                let known = |own: &LiveDevice| {
                    own.address == told.address && name(self, own.bus) == name(other, told.bus)
                };
                told.id.is_none()
                    && matches!(told.address, QdevAddress::Usb(_))
                    && !self.devices.iter().any(known)
            })
            .collect();
        let mut found = Vec::new();
        for no in &open {
            let Some(own) = self.devices.get(*no) else { continue };
            let same = |device: &LiveDevice, bus: Option<Text>| {
                device.driver == own.driver && bus == name(self, own.bus)
            };
            let rank = open
                .iter()
                .take_while(|other| *other < no)
                .filter_map(|other| self.devices.get(*other))
                .filter(|device| same(device, name(self, device.bus)))
                .count();
            let mut alike = told.iter().filter(|told| same(told, name(other, told.bus)));
            found.extend(alike.nth(rank).map(|told| (*no, told.address, told.usb)));
        }
        for (no, address, usb) in found {
            if let Some(own) = self.devices.get_mut(no) {
                (own.address, own.usb) = (address, usb);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "bus: main-system-bus\n  type System\n  dev: i440FX-pcihost, id \"\"\n    \
        short_root_bus = 0 (0x0)\n    bus: pci.0\n      type PCI\n      dev: virtio-balloon-pci, id \"b\"\n        \
        addr = 0c.0\n        busnr = 0 (0x0)\n        \
        class Class 00ff, addr 00:0c.0, pci id 1af4:1002 (sub 1af4:0005)\n      \
        dev: piix3-usb-uhci, id \"usb\"\n        addr = 01.2\n        bus: usb.0\n          type usb-bus\n          \
        dev: usb-hub, id \"\"\n            port = \"2\"\n            \
        addr 0.2, port 2, speed 12, name QEMU USB Hub, attached\n";

    #[test]
    fn devices_stand_on_their_buses_with_their_places() {
        let facts = info_qtree(TREE);
        let balloon = facts.device(facts.by_id("b").unwrap()).unwrap();
        assert_eq!(balloon.address.to_string(), "0c.0");
        let pci = balloon.pci.as_ref().unwrap();
        assert_eq!(pci.class, Some(0xff));
        assert_eq!(pci.id.unwrap().to_string(), "1af4:1002");
        let hub = facts.devices.iter().find(|device| device.usb.is_some()).unwrap();
        assert_eq!((hub.address.to_string().as_str(), hub.usb), ("2", Some((0, 2))));
        let bus = facts.main_root().unwrap();
        assert_eq!(facts.bus(bus).unwrap().name.as_deref(), Some("pci.0"));
    }

    #[test]
    fn a_virtio_device_is_known_by_what_its_inner_half_says() {
        let text = "bus: pci.0\n  type PCI\n  dev: virtio-net-pci, id \"\"\n    addr = 03.0\n    \
            bus: virtio-bus\n      type virtio-pci-bus\n      dev: virtio-net-device, id \"\"\n        \
            mac = \"52:54:00:AA:00:01\"\n        netdev = \"n0\"\n  dev: virtio-blk-pci, id \"\"\n    \
            addr = 04.0\n    bus: virtio-bus\n      type virtio-pci-bus\n      \
            dev: virtio-blk-device, id \"\"\n        drive = \"virtio0\"\n";
        let facts = info_qtree(text);
        assert_eq!(facts.devices[0].mac.as_deref(), Some("52:54:00:aa:00:01"));
        assert_eq!(facts.devices[0].netdev.as_deref(), Some("n0"));
        assert_eq!(facts.devices[2].drive.as_deref(), Some("virtio0"));
    }

    #[test]
    fn any_indentation_gives_some_tree() {
        for text in ["", "dev: x", "    bus: a\n  dev: b, id \"", "bus: a\nbus: b\ndev: c\n dev: d"]
        {
            let facts = info_qtree(text);
            assert!(facts.devices.len() <= 2);
        }
    }
}
