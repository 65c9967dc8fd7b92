//! The places, buses and implicit buses of controllers and devices, read from their rows.

use super::controllers::ControllerModel;
use super::defaults;
use super::geometry::{Drives, Geometry, Ports};
use super::implicit::ImplicitBus;
use super::lookup::with_words;
use super::model::Model;
use super::pci_bus::BusRules;
use super::words::Spoken;
use crate::machine::{Connect, Machine};
use crate::model::{Controller, ControllerKind, Device, DeviceClass, PciModel};

impl Drives {
    /// The places for drives on a controller of this kind and model; `None` for a kind without.
    pub fn of(kind: ControllerKind, model: Option<&str>) -> Option<Self> {
        match Geometry::of(kind, model)? {
            Geometry::Drives(drives) => Some(drives),
            _ => None,
        }
    }

    /// The places on the SCSI adapter of a running guest, by the name of its QEMU driver; `None`
    /// for a driver that libvirt does not use.
    pub fn of_driver(driver: &str) -> Option<Self> {
        match Model::of_driver(driver)?.0.offers? {
            Geometry::Drives(places) => Some(places),
            _ => None,
        }
    }
}

impl Geometry {
    /// The places on a controller of this kind and model without attributes of its own; `None` for
    /// a PCI model that libvirt does not know.
    pub fn of(kind: ControllerKind, model: Option<&str>) -> Option<Self> {
        ControllerModel::named(kind, model)?.model.offers
    }

    /// The places on this controller, by its kind, model, index and `ports=`.
    pub fn offered(controller: &Controller) -> Option<Self> {
        let index = controller.index_or_zero().0;
        Some(match Self::of(controller.kind, controller.model.as_deref())? {
            Self::Drives(drives) => Self::Drives(drives.on(index)),
            Self::Ports(ports) => {
                let count = controller.ports.filter(|_| ports.is_adjustable);
                Self::Ports(Ports { count: count.unwrap_or(ports.count), ..ports })
            }
            Self::Slots(_) if index > 0 => Self::Slots(0),
            other => other,
        })
    }
}

impl BusRules {
    /// Rules for a controller of this model; `hotplug` is its `<target hotplug=>`.
    pub fn of(model: PciModel, hotplug: Option<bool>) -> Self {
        match ControllerModel::of_pci(model).and_then(|row| row.model.offers) {
            Some(Geometry::Pci(rules)) => {
                let is_off = rules.is_switchable && hotplug == Some(false);
                Self { hotplug: rules.hotplug && !is_off, ..rules }
            }
            // Every model has a row, as a test holds.
            _ => Self::port(Connect::NONE).by_hand(),
        }
    }
}

/// The bus that `device` is on when it has no address on `machine`; `None` when it ought to have
/// one.
pub fn implicit_bus(device: &Device, machine: Machine) -> Option<ImplicitBus> {
    if device.class() == DeviceClass::Console && defaults::is_open_port(device) {
        // It is a serial port of the type that libvirt chooses.
        let serial = defaults::serial_target(machine).unwrap_or(defaults::OWN_SERIAL);
        let words = Spoken { model: serial, ..Spoken::default() };
        return with_words(DeviceClass::Serial, words)?.implicit;
    }
    Model::on(device, machine)?.implicit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::controller_models;
    use crate::model::ControllerIndex;
    use crate::model::address::DriveAddress;

    fn scsi(model: &str) -> Drives {
        Drives::of(ControllerKind::Scsi, Some(model)).unwrap()
    }

    fn at(target: u32, unit: u32) -> DriveAddress {
        DriveAddress { target, unit, ..DriveAddress::default() }
    }

    /// Model, number of places, and the last place: target, unit.
    const ENDS: &[(&str, u64, (u32, u32))] = &[
        ("lsilogic", 7, (0, 6)),
        ("am53c974", 7, (0, 6)),
        ("dc390", 7, (0, 6)),
        ("ncr53c90", 7, (0, 6)),
        ("lsisas1068", 16, (7, 1)),
        ("lsisas1078", 64, (63, 0)),
        ("vmpvscsi", 65, (64, 0)),
        ("ibmvscsi", 2048, (63, 31)),
        ("virtio-scsi", 4_194_304, (255, 16383)),
    ];

    #[test]
    fn every_adapter_ends_where_qemu_was_seen_to_end() {
        for (model, capacity, (target, unit)) in ENDS {
            let drives = scsi(model);
            assert_eq!(drives.capacity(), *capacity, "{model}");
            assert_eq!(drives.places().last(), Some((0, *target, *unit)), "{model}");
            let (id, lun) = drives.scsi_id(*target, *unit);
            assert_eq!(drives.last_scsi_id(), (id, lun), "{model}");
            assert_eq!(drives.written(id, lun), (*target, *unit), "{model}");
        }
    }

    #[test]
    fn a_place_that_is_none_has_one_reason() {
        for (model, target, unit, want) in [
            ("lsilogic", 1, 0, [true, false, false, false, false]),
            ("lsilogic", 0, 8, [false, true, false, false, false]),
            ("lsilogic", 0, 7, [false, false, false, true, false]),
            ("am53c974", 0, 8, [false, true, false, false, false]),
            ("am53c974", 3, 0, [false, false, true, false, false]),
            ("dc390", 0, 7, [false, false, false, true, false]),
            ("lsisas1068", 8, 1, [false, false, false, true, false]),
            ("lsisas1068", 9, 0, [false, true, false, false, false]),
            ("lsisas1068", 0, 2, [false, true, false, false, false]),
            ("lsisas1078", 65, 0, [false, true, false, false, false]),
            ("lsisas1078", 64, 0, [false, false, false, false, true]),
            ("lsisas1078", 0, 255, [false, false, false, false, true]),
            ("vmpvscsi", 65, 0, [false, true, false, false, false]),
            ("vmpvscsi", 0, 1, [false, true, false, false, false]),
        ] {
            let (drives, at) = (scsi(model), at(target, unit));
            let told = [
                drives.refused_by_libvirt(at).is_some(),
                drives.refused_by_qemu(at).is_some(),
                drives.ignores_target(at),
                drives.is_own(target, unit),
                drives.is_lost(at),
            ];
            assert_eq!(told, want, "{model} {at}");
            assert!(!drives.has(0, target, unit), "{model} {at}");
        }
    }

    #[test]
    fn only_megasas_loses_drives_that_qemu_takes() {
        for model in controller_models(ControllerKind::Scsi).unwrap() {
            let drives = scsi(model);
            let (target, unit) = (drives.qemu.target, drives.qemu.unit);
            let is_lost = drives.is_lost(at(target, unit));
            assert_eq!(is_lost, matches!(model, "lsisas1078" | "buslogic"), "{model}");
        }
    }

    #[test]
    fn ports_are_counted_by_the_controller_where_its_model_lets_it() {
        let mut usb = Controller::new(ControllerKind::Usb, Some(ControllerIndex(0)));
        usb.ports = Some(9);
        for (model, want) in [("qemu-xhci", 9), ("nec-xhci", 9), ("qusb2", 9), ("ehci", 6)] {
            usb.model = Some(model.into());
            let Some(Geometry::Ports(ports)) = Geometry::offered(&usb) else { panic!("{model}") };
            assert_eq!((ports.first, ports.count), (1, want), "{model}");
        }
    }

    #[test]
    fn libvirt_uses_the_first_controller_of_some_kinds_only() {
        let count = |kind, index| match Geometry::offered(&Controller::new(
            kind,
            Some(ControllerIndex(index)),
        )) {
            Some(Geometry::Drives(drives)) => drives.capacity(),
            Some(Geometry::Slots(count)) => u64::from(count),
            other => panic!("{other:?}"),
        };
        for (kind, first, second) in [
            (ControllerKind::Ide, 4, 0),
            (ControllerKind::Fdc, 2, 0),
            (ControllerKind::Sata, 6, 6),
            (ControllerKind::Scsi, 7, 7),
            (ControllerKind::Ccid, 1, 0),
        ] {
            assert_eq!((count(kind, 0), count(kind, 1)), (first, second), "{kind:?}");
        }
    }
}
