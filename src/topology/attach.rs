//! Resolves a device's address to the bus and place it names.

use std::collections::HashMap;

use super::bus::BusId;
use super::ids::BusNo;
use super::place::{Place, Unplaced};
use super::tree::Topology;
use crate::machine::{ImplicitBus, Machine, disk_bus, implicit_bus};
use crate::model::address::{Address, Function, Slot, Usb};
use crate::model::{
    ControllerIndex, ControllerKind, Device, DeviceClass, Disk, Domain, Kind, QemuDevice,
};

/// Prefix and suffix of the name QEMU gives a bus, around the index of libvirt's controller.
type BusName = (&'static str, &'static str, fn(ControllerIndex) -> BusId);

const BUS_NAMES: &[BusName] = &[
    ("pci.", "", BusId::Pci),
    ("pcie.", "", BusId::Pci),
    ("scsi", ".0", |index| BusId::Drive(ControllerKind::Scsi, index)),
    ("usb", ".0", BusId::Usb),
    ("virtio-serial", ".0", BusId::VirtioSerial),
];

/// Data for resolving the addresses of one domain.
pub(super) struct Attacher<'d> {
    domain: &'d Domain,
    machine: Machine,
    /// The `-device` arguments that can be named by others.
    arguments: HashMap<&'d str, u32>,
}

impl<'d> Attacher<'d> {
    pub(super) fn new(domain: &'d Domain, machine: Machine) -> Self {
        let arguments = domain
            .of_class(DeviceClass::Qemu)
            .flat_map(|device| device.names().map(|id| (id, device.key().nth)))
            .collect();
        Self { domain, machine, arguments }
    }

    /// The machine of the domain.
    pub(super) fn machine(&self) -> Machine {
        self.machine
    }

    /// The bus and place `device` names, whether or not they are there.
    pub(super) fn attach(&self, device: &Device) -> Result<(BusId, Place), Unplaced> {
        if let Kind::Qemu(qemu) = &device.kind {
            return self.attach_argument(qemu).ok_or(Unplaced::NoAddress);
        }
        match &device.address {
            Some(address) => match &address.value {
                Some(value) if value.is_complete() => bus_and_place(device, value),
                Some(Address::VirtioSerial(serial)) => {
                    Ok((BusId::VirtioSerial(serial.controller), Place::Unnumbered))
                }
                Some(_) => Err(Unplaced::NoAddress),
                None => Err(Unplaced::BadAddress),
            },
            None => match implicit_bus(device, self.machine) {
                Some(ImplicitBus::Isa | ImplicitBus::Ps2) => Ok((BusId::Isa, Place::Unnumbered)),
                Some(ImplicitBus::Board) => Ok((BusId::Board, Place::Unnumbered)),
                // libvirt chooses its port and does not write it
                // (`qemu_domain_address.c: qemuDomainAssignVirtioSerialAddresses`).
                None if device.is_virtio_console() => {
                    Ok((BusId::VirtioSerial(ControllerIndex(0)), Place::Unnumbered))
                }
                None => Err(Unplaced::NoAddress),
            },
        }
    }

    /// The place that `bus=` and `addr=` of a `-device` argument name.
    fn attach_argument(&self, qemu: &QemuDevice) -> Option<(BusId, Place)> {
        let bus = self.argument_bus(qemu.bus.as_deref()?)?;
        match bus {
            BusId::Pci(_) | BusId::Qemu(_) => Some((bus, qemu.addr.as_deref().and_then(devfn)?)),
            bus => Some((bus, Place::Unnumbered)),
        }
    }

    /// The bus QEMU knows by this name: libvirt's aliases, or the id of another `-device`.
    pub(super) fn argument_bus(&self, name: &str) -> Option<BusId> {
        let by_number = BUS_NAMES.iter().find_map(|(prefix, suffix, bus)| {
            let number = name.strip_prefix(prefix)?.strip_suffix(suffix)?;
            number.parse().ok().map(|number| bus(ControllerIndex(number)))
        });
        by_number.or_else(|| match name {
            "usb.0" => Some(BusId::Usb(ControllerIndex(0))),
            "isa.0" => Some(BusId::Isa),
            "css" if self.domain.arch.is_s390() => Some(BusId::Ccw),
            _ => self.arguments.get(name).map(|nth| BusId::Qemu(*nth)),
        })
    }
}

impl Topology {
    /// The bus that `bus=` of a `-device` argument of `domain` names, also if the argument has no
    /// place on it.
    pub fn argument_bus(&self, domain: &Domain, argument: &QemuDevice) -> Option<BusNo> {
        let attacher = Attacher::new(domain, self.machine);
        self.bus_no(attacher.argument_bus(argument.bus.as_deref()?)?)
    }
}

/// The bus and place that an address names for a device, whether or not they are there.
///
/// # Errors
/// When it names none, or is no kind of place for the device.
pub fn bus_and_place(device: &Device, value: &Address) -> Result<(BusId, Place), Unplaced> {
    Ok(match value {
        Address::Pci(pci) => {
            let at = pci.at.ok_or(Unplaced::NoAddress)?;
            if at.domain != 0 {
                return Err(Unplaced::NoParent);
            }
            (BusId::Pci(at.bus), Place::Pci(at.slot, at.function))
        }
        Address::Drive(drive) => {
            let kind = match &device.kind {
                Kind::Disk(disk) => drive_kind(disk),
                Kind::Hostdev(_) => Some(ControllerKind::Scsi),
                _ => None,
            };
            let kind = kind.ok_or(Unplaced::WrongKind)?;
            let place = Place::Drive { bus: drive.bus, target: drive.target, unit: drive.unit };
            (BusId::Drive(kind, drive.controller), place)
        }
        Address::Usb(usb) => on_usb(*usb)?,
        Address::VirtioSerial(serial) => {
            (BusId::VirtioSerial(serial.controller), Place::Port(serial.port))
        }
        Address::Ccid(ccid) => (BusId::Ccid(ccid.controller), Place::Slot(ccid.slot)),
        Address::SpaprVio(vio) => {
            (BusId::SpaprVio, Place::Reg(vio.reg.ok_or(Unplaced::NoAddress)?))
        }
        Address::Ccw(ccw) => (BusId::Ccw, Place::Ccw(ccw.ok_or(Unplaced::NoAddress)?)),
        Address::Isa(isa) => {
            let place = if isa.iobase == 0 { Place::Unnumbered } else { Place::Io(isa.iobase) };
            (BusId::Isa, place)
        }
        Address::Dimm(dimm) => (BusId::Dimm, Place::Slot(dimm.slot)),
        Address::VirtioMmio => (BusId::VirtioMmio, Place::Unnumbered),
        Address::Unassigned => (BusId::Unassigned, Place::Unnumbered),
        Address::VirtioS390 | Address::Mdev | Address::Unknown(_) => {
            return Err(Unplaced::WrongKind);
        }
    })
}

fn on_usb(usb: Usb) -> Result<(BusId, Place), Unplaced> {
    match (usb.port, usb.dev) {
        (Some(port), _) => {
            let bus = port.hub().map_or(BusId::Usb(usb.bus), |hub| BusId::Hub(usb.bus, hub));
            Ok((bus, Place::Port(port.last())))
        }
        (None, Some(dev)) => Ok((BusId::Usb(usb.bus), Place::Device(dev))),
        (None, None) => Err(Unplaced::NoAddress),
    }
}

/// The kind of a disk's controller, from its bus or else the prefix of its target; `None` for disks
/// without a controller (virtio, USB, SD, Xen).
///
/// Source: `domain_postparse.c: virDomainDiskDefPostParse...`, `domain_conf.c:
/// virDomainDiskDefAssignAddress`.
pub fn drive_kind(disk: &Disk) -> Option<ControllerKind> {
    match disk_bus(disk) {
        "ide" => Some(ControllerKind::Ide),
        "scsi" => Some(ControllerKind::Scsi),
        "sata" => Some(ControllerKind::Sata),
        "fdc" => Some(ControllerKind::Fdc),
        "nvme" => Some(ControllerKind::Nvme),
        _ => None,
    }
}

/// QEMU's `addr=`: hexadecimal `slot` or `slot.function` (QEMU `hw/core/qdev-properties-system.c:
/// set_pci_devfn`).
pub(super) fn devfn(text: &str) -> Option<Place> {
    let hex = |text: &str| {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        u32::from_str_radix(digits, 16).ok()
    };
    let (slot, function) = text.split_once('.').unwrap_or((text, "0"));
    Some(Place::Pci(Slot::new(hex(slot)?)?, Function::new(hex(function)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addr_of_an_argument_is_hexadecimal() {
        let place = |text| devfn(text).map(|place| place.to_string());
        assert_eq!(place("10").as_deref(), Some("10.0"));
        assert_eq!(place("0x1e.3").as_deref(), Some("1e.3"));
        assert_eq!(place("20"), None);
        assert_eq!(place("1.8"), None);
        assert_eq!(place("x"), None);
    }

    #[test]
    fn a_disk_without_bus_is_told_by_its_target() {
        let disk = |bus: Option<&str>, target: &str| Disk {
            bus: bus.map(Into::into),
            target: Some(target.into()),
            ..Disk::default()
        };
        let cases = [
            (disk(None, "sda"), Some(ControllerKind::Scsi)),
            (disk(None, "hda"), Some(ControllerKind::Ide)),
            (disk(None, "vda"), None),
            (disk(Some("sata"), "hda"), Some(ControllerKind::Sata)),
            (disk(Some("usb"), "sda"), None),
            (disk(None, "x"), Some(ControllerKind::Ide)),
        ];
        for (disk, want) in cases {
            assert_eq!(drive_kind(&disk), want, "{disk:?}");
        }
    }
}
