//! The places that a controller offers, and where libvirt and QEMU draw the line, per model.
//!
//! Slots behind PCI controllers are rows of [`crate::machine::BusRules`].

use crate::model::address::DriveAddress;
use crate::model::{Controller, ControllerKind};

/// How libvirt hands the numbers of a drive address to QEMU.
///
/// Source: `qemu_command.c: qemuBuildDeviceAddresDriveProps`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressing {
    /// `target` is the SCSI id and `unit` the logical unit; so are the numbers of drives that are
    /// not SCSI.
    TargetAndLun,
    /// `unit` is the SCSI id; `target` is not passed on, and the logical unit is 0.
    UnitIsScsiId,
}

/// One number of a drive address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the attribute's name")]
pub enum Coordinate {
    Controller,
    Bus,
    Target,
    Unit,
}

/// The numbers for which libvirt takes 0 only when a guest is defined.
///
/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefAddressDrive`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnlyZero {
    /// Whether `controller` has to be 0.
    pub controller: bool,
    /// Whether `bus` has to be 0.
    pub bus: bool,
    /// Whether `target` has to be 0.
    pub target: bool,
}

/// The highest numbers with which QEMU starts, `u32::MAX` where it sees none or takes all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Highest {
    /// The highest bus.
    pub bus: u32,
    /// The highest target.
    pub target: u32,
    /// The highest unit.
    pub unit: u32,
}

/// No limit for a number.
const ANY: u32 = u32::MAX;

/// The places for drives on one controller: those that libvirt and QEMU take and the guest finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drives {
    /// Number of buses: IDE channels; 1 elsewhere.
    pub buses: u32,
    /// Number of targets on each bus; 1 where the controller is not SCSI.
    pub targets: u32,
    /// Number of units on each target.
    pub units: u32,
    /// SCSI id of the controller itself, on which no guest looks for a drive.
    pub own: Option<u32>,
    /// Which number is the SCSI id.
    pub addressing: Addressing,
    /// What libvirt refuses.
    pub libvirt: OnlyZero,
    /// What QEMU refuses.
    pub qemu: Highest,
    /// Number of units on target 0 that libvirt tries for a SCSI host device without an address
    /// (`domain_conf.c: virDomainControllerSCSINextUnit`, `virDomainSCSIDriveAddressIsUsed`).
    pub automatic: u32,
}

impl Drives {
    /// A SCSI adapter of so many targets and units, with the `max_target` and `max_lun` of its
    /// `SCSIBusInfo` in QEMU.
    const fn scsi(targets: u32, units: u32, max_target: u32, max_lun: u32) -> Self {
        Self {
            buses: 1,
            targets,
            units,
            own: None,
            addressing: Addressing::TargetAndLun,
            libvirt: OnlyZero { controller: false, bus: true, target: false },
            qemu: Highest { bus: ANY, target: max_target, unit: max_lun },
            automatic: Self::AUTOMATIC,
        }
    }

    /// An adapter on the parallel bus of eight ids, its own among them, that libvirt addresses by
    /// unit alone.
    const fn parallel() -> Self {
        Self { own: Some(7), addressing: Addressing::UnitIsScsiId, ..Self::scsi(1, 8, ANY, 7) }
    }

    /// A controller that is not SCSI: QEMU takes what it offers.
    const fn plain(buses: u32, units: u32, libvirt: OnlyZero) -> Self {
        Self {
            buses,
            targets: 1,
            units,
            own: None,
            addressing: Addressing::TargetAndLun,
            libvirt,
            qemu: Highest {
                bus: if libvirt.bus { ANY } else { buses - 1 },
                target: ANY,
                unit: units - 1,
            },
            automatic: 0,
        }
    }

    /// Units that libvirt tries on a SCSI controller that is not there yet.
    pub const AUTOMATIC: u32 = 7;

    /// The places of a SCSI adapter of which nothing is known.
    pub const UNKNOWN: Self = Self::scsi(8, 1, ANY, ANY);

    /// The places of a SCSI controller that is not there: only what libvirt refuses on every model
    /// is no place.
    pub const BOUNDLESS: Self = Self::scsi(ANY, ANY, ANY, ANY);

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
        DRIVERS.iter().find(|row| driver.starts_with(row.0)).map(|row| row.1)
    }

    /// The places on the controller with this index: none where libvirt uses controller 0 only.
    #[must_use]
    pub fn on(self, index: u32) -> Self {
        if self.libvirt.controller && index > 0 { Self { buses: 0, ..self } } else { self }
    }

    /// The SCSI id and logical unit that QEMU gets for a target and unit of libvirt's.
    pub fn scsi_id(self, target: u32, unit: u32) -> (u32, u32) {
        match self.addressing {
            Addressing::TargetAndLun => (target, unit),
            Addressing::UnitIsScsiId => (unit, 0),
        }
    }

    /// The target and unit by which libvirt writes a SCSI id and logical unit.
    pub fn written(self, id: u32, lun: u32) -> (u32, u32) {
        match self.addressing {
            Addressing::TargetAndLun => (id, lun),
            Addressing::UnitIsScsiId => (0, id),
        }
    }

    /// Whether a drive at this target and unit would have the SCSI id of the controller itself.
    pub fn is_own(self, target: u32, unit: u32) -> bool {
        self.own == Some(self.scsi_id(target, unit).0)
    }

    /// Whether libvirt and QEMU take a drive at this place and the guest finds it there.
    pub fn has(self, bus: u32, target: u32, unit: u32) -> bool {
        bus < self.buses && target < self.targets && unit < self.units && !self.is_own(target, unit)
    }

    /// The number of an address for which libvirt does not define the guest, if any.
    pub fn refused_by_libvirt(self, at: DriveAddress) -> Option<Coordinate> {
        let OnlyZero { controller, bus, target } = self.libvirt;
        let wrong = [
            (controller && at.controller > 0, Coordinate::Controller),
            (bus && at.bus > 0, Coordinate::Bus),
            (target && at.target > 0, Coordinate::Target),
        ];
        wrong.into_iter().find(|(is_wrong, _)| *is_wrong).map(|(_, coordinate)| coordinate)
    }

    /// The number of an address with which QEMU does not start, if any.
    pub fn refused_by_qemu(self, at: DriveAddress) -> Option<Coordinate> {
        let wrong = [
            (at.bus > self.qemu.bus, Coordinate::Bus),
            (at.target > self.qemu.target, Coordinate::Target),
            (at.unit > self.qemu.unit, Coordinate::Unit),
        ];
        wrong.into_iter().find(|(is_wrong, _)| *is_wrong).map(|(_, coordinate)| coordinate)
    }

    /// Whether the target of an address is taken by libvirt and not passed on to QEMU.
    pub fn ignores_target(self, at: DriveAddress) -> bool {
        self.addressing == Addressing::UnitIsScsiId && at.target > 0 && !self.libvirt.target
    }

    /// The highest SCSI id and logical unit of a drive.
    pub fn last_scsi_id(self) -> (u32, u32) {
        let (target, unit) = (self.targets.saturating_sub(1), self.units.saturating_sub(1));
        let (id, lun) = self.scsi_id(target, unit);
        (if self.own == Some(id) { id.saturating_sub(1) } else { id }, lun)
    }

    /// Whether libvirt and QEMU take a drive at an address where the guest does not find it, besides
    /// on the SCSI id of the controller itself.
    pub fn is_lost(self, at: DriveAddress) -> bool {
        self.refused_by_libvirt(at).is_none()
            && self.refused_by_qemu(at).is_none()
            && !self.ignores_target(at)
            && !self.is_own(at.target, at.unit)
            && !self.has(at.bus, at.target, at.unit)
    }

    /// Every place in the order in which libvirt counts: bus, target, unit.
    pub fn places(self) -> impl Iterator<Item = (u32, u32, u32)> {
        let units = move |bus, target| (0..self.units).map(move |unit| (bus, target, unit));
        let targets = move |bus| (0..self.targets).flat_map(move |target| units(bus, target));
        let all = (0..self.buses).flat_map(targets);
        all.filter(move |(bus, target, unit)| self.has(*bus, *target, *unit))
    }

    /// Number of places.
    pub fn capacity(self) -> u64 {
        let (buses, targets, units) =
            (u64::from(self.buses), u64::from(self.targets), u64::from(self.units));
        let own = match (self.own, self.addressing) {
            (Some(own), Addressing::TargetAndLun) if own < self.targets => units,
            (Some(own), Addressing::UnitIsScsiId) if own < self.units => targets,
            _ => 0,
        };
        buses * (targets * units - own)
    }
}

/// Numbered ports of a controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// Number of the first port.
    pub first: u32,
    /// How many ports there are when the controller's `ports=` is absent.
    pub count: u32,
    /// Whether `ports=` sets another number.
    pub is_adjustable: bool,
}

impl Ports {
    const fn usb(count: u32) -> Self {
        Self { first: 1, count, is_adjustable: false }
    }

    const fn adjustable(first: u32, count: u32) -> Self {
        Self { first, count, is_adjustable: true }
    }

    /// Ports of a USB hub (`domain_addr.h: VIR_DOMAIN_USB_HUB_PORTS`, QEMU `hw/usb/dev-hub.c`).
    pub const HUB: Self = Self::usb(8);

    /// Ports of a virtio-serial controller (`domain_addr.h:
    /// VIR_DOMAIN_DEFAULT_VIRTIO_SERIAL_PORTS`, QEMU `hw/char/virtio-serial-bus.c`).
    pub const VIRTIO_SERIAL: Self = Self::adjustable(0, 31);

    /// As many ports as an xHCI controller can have (QEMU `hw/usb/hcd-xhci.h: XHCI_MAXPORTS_2`).
    pub const MOST_XHCI: u32 = 15;
}

/// What a controller offers to the devices on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Geometry {
    /// Places for drives.
    Drives(Drives),
    /// Numbered ports.
    Ports(Ports),
    /// Slots from 0, on the controller with index 0 only.
    Slots(u32),
    /// Any number of places.
    Open,
    /// No place: its ports are those of another controller, or it has none.
    Nothing,
}

// IDE: QEMU `hw/ide/piix.c`, two channels of two drives.
const IDE: Drives = Drives::plain(2, 2, OnlyZero { controller: true, bus: false, target: true });
// Floppy: QEMU `hw/block/fdc.c: MAX_FD`.
const FDC: Drives = Drives::plain(1, 2, OnlyZero { controller: true, bus: true, target: true });
// SATA: QEMU `hw/ide/ich.c`, six ports, each a bus of its own in QEMU.
const SATA: Drives = Drives::plain(1, 6, OnlyZero { controller: false, bus: true, target: true });

// QEMU `hw/scsi/lsi53c895a.c`: max_target 7, max_lun 0; SCID 7.
const LSILOGIC: Drives = Drives {
    libvirt: OnlyZero { controller: false, bus: true, target: true },
    ..Drives::parallel()
};
// QEMU `hw/scsi/esp.c`: `ESP_MAX_DEVS` 7, max_lun 7; the chip's configuration keeps id 7.
const NCR53C90: Drives = Drives::parallel();
const AM53C974: Drives = Drives::parallel();
const DC390: Drives = Drives::parallel();
// QEMU `hw/scsi/mptsas.c`: max_target `MPTSAS_NUM_PORTS` 8, max_lun 1; `PortSCSIID` is 8.
const LSISAS1068: Drives = Drives { own: Some(8), automatic: 2, ..Drives::scsi(8, 2, 8, 1) };
// QEMU `hw/scsi/megasas.c`: max_target `MFI_MAX_LD` 64, max_lun 255; a logical drive answers below
// `MFI_MAX_LD` and on unit 0 only (`megasas_handle_scsi`, `megasas_handle_io`).
const LSISAS1078: Drives = Drives::scsi(64, 1, 64, 255);
// QEMU `hw/scsi/vmw_pvscsi.c`: max_target `PVSCSI_MAX_DEVS` 64, max_lun 0; `pvscsi_device_find`
// looks at target 64 as well.
const VMPVSCSI: Drives = Drives::scsi(65, 1, 64, 0);
// QEMU `hw/scsi/spapr_vscsi.c`: max_target 63, max_lun 31.
const IBMVSCSI: Drives = Drives::scsi(64, 32, 63, 31);
// QEMU `hw/scsi/virtio-scsi.c`: `VIRTIO_SCSI_MAX_TARGET` 255, `VIRTIO_SCSI_MAX_LUN` 16383.
const VIRTIO_SCSI: Drives = Drives::scsi(256, 16384, 255, 16383);
// QEMU has none; a narrow adapter has eight ids, the highest for itself.
const BUSLOGIC: Drives = Drives { own: Some(7), ..Drives::UNKNOWN };

type Row = (ControllerKind, &'static str, Geometry);

const fn drives(kind: ControllerKind, model: &'static str, drives: Drives) -> Row {
    (kind, model, Geometry::Drives(drives))
}

const fn usb(model: &'static str, ports: Ports) -> Row {
    (ControllerKind::Usb, model, Geometry::Ports(ports))
}

/// Kind, model (`*`: any other, or none written), geometry; the first row that fits.
///
/// Source of USB ports: `domain_addr.c: virDomainUSBAddressControllerModelToPorts`; of the one
/// smartcard: `qemu_validate.c: qemuValidateDomainSmartcardDef`.
const ROWS: &[Row] = &[
    drives(ControllerKind::Ide, "*", IDE),
    drives(ControllerKind::Fdc, "*", FDC),
    drives(ControllerKind::Sata, "*", SATA),
    drives(ControllerKind::Scsi, "lsilogic", LSILOGIC),
    // libvirt's default on a PC.
    drives(ControllerKind::Scsi, "auto", LSILOGIC),
    drives(ControllerKind::Scsi, "", LSILOGIC),
    drives(ControllerKind::Scsi, "virtio-scsi", VIRTIO_SCSI),
    drives(ControllerKind::Scsi, "virtio-transitional", VIRTIO_SCSI),
    drives(ControllerKind::Scsi, "virtio-non-transitional", VIRTIO_SCSI),
    drives(ControllerKind::Scsi, "lsisas1068", LSISAS1068),
    drives(ControllerKind::Scsi, "lsisas1078", LSISAS1078),
    drives(ControllerKind::Scsi, "vmpvscsi", VMPVSCSI),
    drives(ControllerKind::Scsi, "ibmvscsi", IBMVSCSI),
    drives(ControllerKind::Scsi, "ncr53c90", NCR53C90),
    drives(ControllerKind::Scsi, "am53c974", AM53C974),
    drives(ControllerKind::Scsi, "dc390", DC390),
    drives(ControllerKind::Scsi, "*", BUSLOGIC),
    usb("piix3-uhci", Ports::usb(2)),
    usb("piix4-uhci", Ports::usb(2)),
    usb("vt82c686b-uhci", Ports::usb(2)),
    usb("ehci", Ports::usb(6)),
    usb("ich9-ehci1", Ports::usb(6)),
    (ControllerKind::Usb, "ich9-uhci1", Geometry::Nothing),
    (ControllerKind::Usb, "ich9-uhci2", Geometry::Nothing),
    (ControllerKind::Usb, "ich9-uhci3", Geometry::Nothing),
    usb("pci-ohci", Ports::usb(3)),
    usb("nec-xhci", Ports::adjustable(1, 4)),
    usb("qemu-xhci", Ports::adjustable(1, 4)),
    usb("qusb1", Ports::adjustable(1, 8)),
    usb("qusb2", Ports::adjustable(1, 8)),
    (ControllerKind::Usb, "none", Geometry::Nothing),
    // libvirt's default, piix3-uhci.
    usb("*", Ports::usb(2)),
    (ControllerKind::VirtioSerial, "*", Geometry::Ports(Ports::VIRTIO_SERIAL)),
    (ControllerKind::Ccid, "*", Geometry::Slots(1)),
    (ControllerKind::Nvme, "*", Geometry::Open),
    (ControllerKind::Other, "*", Geometry::Open),
];

/// What a QEMU driver of a SCSI adapter begins with, and its geometry.
const DRIVERS: &[(&str, Drives)] = &[
    ("virtio-scsi", VIRTIO_SCSI),
    ("vhost-scsi", VIRTIO_SCSI),
    ("lsi", LSILOGIC),
    ("mptsas", LSISAS1068),
    ("megasas", LSISAS1078),
    ("pvscsi", VMPVSCSI),
    ("spapr-vscsi", IBMVSCSI),
    ("am53c974", AM53C974),
    ("dc390", DC390),
    ("esp", NCR53C90),
    ("sysbus-esp", NCR53C90),
];

impl Geometry {
    /// What a controller of this kind and model offers without attributes of its own; `None` for a
    /// kind that offers nothing in this way, PCI among them.
    pub fn of(kind: ControllerKind, model: Option<&str>) -> Option<Self> {
        let model = model.unwrap_or_default();
        ROWS.iter().find(|row| row.0 == kind && (row.1 == "*" || row.1 == model)).map(|row| row.2)
    }

    /// What this controller offers: by its kind and model, its index and its `ports=`.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::controller_models;

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
            assert_eq!(is_lost, matches!(*model, "lsisas1078" | "buslogic"), "{model}");
        }
    }

    #[test]
    fn ports_are_counted_by_the_controller_where_its_model_lets_it() {
        let mut usb = Controller::new(ControllerKind::Usb, Some(0));
        usb.ports = Some(9);
        for (model, want) in [("qemu-xhci", 9), ("nec-xhci", 9), ("qusb2", 9), ("ehci", 6)] {
            usb.model = Some(model.into());
            let Some(Geometry::Ports(ports)) = Geometry::offered(&usb) else { panic!("{model}") };
            assert_eq!((ports.first, ports.count), (1, want), "{model}");
        }
    }

    #[test]
    fn libvirt_uses_the_first_controller_of_some_kinds_only() {
        let count = |kind, index| match Geometry::offered(&Controller::new(kind, Some(index))) {
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
