//! The places that a controller offers, and where libvirt and QEMU draw the line.

use super::pci_bus::BusRules;
use crate::model::address::DriveAddress;

/// How libvirt passes the numbers of a drive address to QEMU.
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
    /// Whether `controller` must be 0.
    pub controller: bool,
    /// Whether `bus` must be 0.
    pub bus: bool,
    /// Whether `target` must be 0.
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
    /// The number that becomes the SCSI id.
    pub addressing: Addressing,
    /// Numbers that libvirt refuses unless they are 0.
    pub libvirt: OnlyZero,
    /// The highest numbers that QEMU accepts.
    pub qemu: Highest,
    /// Number of units on target 0 that libvirt tries for a SCSI host device without an address
    /// (`domain_conf.c: virDomainControllerSCSINextUnit`, `virDomainSCSIDriveAddressIsUsed`).
    pub automatic: u32,
}

impl Drives {
    /// A SCSI adapter of so many targets and units, with the `max_target` and `max_lun` of its
    /// `SCSIBusInfo` in QEMU.
    pub(super) const fn scsi(targets: u32, units: u32, max_target: u32, max_lun: u32) -> Self {
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
    pub(super) const fn parallel() -> Self {
        Self { own: Some(7), addressing: Addressing::UnitIsScsiId, ..Self::scsi(1, 8, ANY, 7) }
    }

    /// A controller other than SCSI: QEMU accepts exactly what it offers.
    pub(super) const fn plain(buses: u32, units: u32, libvirt: OnlyZero) -> Self {
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

    /// The places of an unknown SCSI adapter.
    pub const UNKNOWN: Self = Self::scsi(8, 1, ANY, ANY);

    /// The places of a missing SCSI controller: everything that libvirt accepts on some model.
    pub const BOUNDLESS: Self = Self::scsi(ANY, ANY, ANY, ANY);

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

    /// Whether libvirt and QEMU accept a drive at this place and the guest finds it there.
    pub fn has(self, bus: u32, target: u32, unit: u32) -> bool {
        bus < self.buses && target < self.targets && unit < self.units && !self.is_own(target, unit)
    }

    /// The number of an address for which libvirt does not define the guest, if any.
    pub fn refused_by_libvirt(self, at: DriveAddress) -> Option<Coordinate> {
        let OnlyZero { controller, bus, target } = self.libvirt;
        let wrong = [
            (controller && at.controller.0 > 0, Coordinate::Controller),
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

    /// Whether libvirt accepts the target of an address and does not pass it to QEMU.
    pub fn ignores_target(self, at: DriveAddress) -> bool {
        self.addressing == Addressing::UnitIsScsiId && at.target > 0 && !self.libvirt.target
    }

    /// The highest SCSI id and logical unit of a drive.
    pub fn last_scsi_id(self) -> (u32, u32) {
        let (target, unit) = (self.targets.saturating_sub(1), self.units.saturating_sub(1));
        let (id, lun) = self.scsi_id(target, unit);
        (if self.own == Some(id) { id.saturating_sub(1) } else { id }, lun)
    }

    /// Whether libvirt and QEMU accept a drive at an address where the guest does not find it; the
    /// SCSI id of the controller itself is not meant.
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
    /// The number of ports without `ports=`.
    pub count: u32,
    /// Whether `ports=` sets another number.
    pub is_adjustable: bool,
}

impl Ports {
    pub(super) const fn usb(count: u32) -> Self {
        Self { first: 1, count, is_adjustable: false }
    }

    pub(super) const fn adjustable(first: u32, count: u32) -> Self {
        Self { first, count, is_adjustable: true }
    }

    /// Ports of a USB hub (`domain_addr.h: VIR_DOMAIN_USB_HUB_PORTS`, QEMU `hw/usb/dev-hub.c`).
    pub const HUB: Self = Self::usb(8);

    /// Ports of a virtio-serial controller (`domain_addr.h:
    /// VIR_DOMAIN_DEFAULT_VIRTIO_SERIAL_PORTS`, QEMU `hw/char/virtio-serial-bus.c`).
    pub const VIRTIO_SERIAL: Self = Self::adjustable(0, 31);

    /// The most ports of an xHCI controller (QEMU `hw/usb/hcd-xhci.h: XHCI_MAXPORTS_2`).
    pub const MOST_XHCI: u32 = 15;
}

/// The kind and number of places on a controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Geometry {
    /// Slots for PCI devices.
    Pci(BusRules),
    /// Places for drives.
    Drives(Drives),
    /// Ports with numbers.
    Ports(Ports),
    /// Slots from 0, on the controller with index 0 only.
    Slots(u32),
    /// Any number of places.
    Open,
    /// No places of its own: a companion, or a controller without devices.
    Nothing,
}
