//! The signature of a configured device: how it appears on a monitor.

use crate::live::{Facts, LiveNo};
use crate::machine::{
    Driver, Ids, ImplicitBus, Machine, MachineKind, Model, PciId, QemuBus, implicit_bus,
};
use crate::model::{Address, Controller, ControllerKind, Device, Kind, PciModel, QemuDevice};
use crate::topology::drive_kind;

/// The properties to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Signature {
    /// No signature: the device has no place, or a monitor does not show it.
    Nothing,
    /// The root of the PCI buses itself.
    Root,
    /// A PCI function with one of these ids, or without ids of one of these classes; without either
    /// only its place identifies it.
    Pci {
        /// Vendor and device.
        ids: Vec<PciId>,
        /// Class, and how many of its upper bits count.
        class: Option<(u16, u16)>,
        /// The prefix of the model's name.
        driver: Option<&'static str>,
    },
    /// A device on a bus of this kind, one of the QEMU devices there.
    On(QemuBus, &'static [Driver]),
    /// The one that a machine has on such a bus, one of the QEMU devices there; several may be a
    /// part of it.
    Part(QemuBus, &'static [Driver]),
    /// A disk on a controller of this kind, one of these QEMU devices.
    Drive(ControllerKind, &'static [Driver]),
}

impl Signature {
    /// The signature of `device` in a guest on `machine`.
    pub(super) fn of(device: &Device, machine: Machine) -> Self {
        if let Kind::Qemu(argument) = &device.kind {
            return Self::of_argument(device, argument);
        }
        let Some(model) = Model::on(device, machine) else { return Self::of_unknown(device) };
        let drivers = model.drivers;
        let on = |bus: QemuBus| drivers.iter().any(|driver| driver.bus == bus);
        if on(QemuBus::Memory) {
            return Self::On(QemuBus::Memory, drivers);
        }
        let implicit = implicit_bus(device, machine);
        // An address is more precise than the usual place of such devices.
        if let (Some(bus), None | Some(Address::Isa(_))) = (implicit, device.address()) {
            return Self::of_implicit(model, machine, bus);
        }
        if let Some(bus) = own_bus(device, machine).filter(|bus| on(*bus)) {
            return Self::On(bus, drivers);
        }
        if implicit.is_some() {
            return Self::Nothing;
        }
        if let Kind::Controller(controller) = &device.kind
            && controller.pci_model().is_some_and(PciModel::is_root)
        {
            return Self::of_root(controller, drivers);
        }
        let drive = match &device.kind {
            Kind::Disk(disk) => drive_kind(disk),
            _ => on(QemuBus::Scsi).then_some(ControllerKind::Scsi),
        };
        if let Some(kind) = drive {
            return Self::Drive(kind, drivers);
        }
        let bus = [QemuBus::Usb, QemuBus::Serial, QemuBus::Ccid].into_iter().find(|bus| on(*bus));
        bus.map_or_else(|| Self::of_pci(device, model), |bus| Self::On(bus, drivers))
    }

    /// Beside the machine's own there are more host bridges on pSeries only.
    fn of_root(controller: &Controller, drivers: &'static [Driver]) -> Self {
        match controller.index_or_zero().0 {
            0 => Self::Root,
            _ => Self::On(QemuBus::System, drivers),
        }
    }

    /// A device without an address that is on a bus of the machine; [`Signature::Nothing`] when a monitor
    /// does not show it.
    fn of_implicit(model: &Model, machine: Machine, bus: ImplicitBus) -> Self {
        let bus = match bus {
            ImplicitBus::Isa | ImplicitBus::Ps2 if machine.arch.is_x86() => QemuBus::Isa,
            ImplicitBus::Board => QemuBus::System,
            ImplicitBus::Isa | ImplicitBus::Ps2 => return Self::Nothing,
        };
        match model.drivers.iter().find(|driver| driver.bus == bus) {
            Some(driver) if driver.builtin => Self::Part(bus, model.drivers),
            Some(_) => Self::On(bus, model.drivers),
            None => Self::Nothing,
        }
    }

    fn of_pci(device: &Device, model: &Model) -> Self {
        let ids = expected(device, model);
        let driver = model.drivers_on(QemuBus::Pci).next().map(|driver| driver.name);
        // The ids of a host device are its own.
        let driver = driver.filter(|name| model.ids == Ids::None && !name.is_empty());
        let class = if !ids.is_empty() {
            model.distinct_class().map(|class| (class, 0xffff))
        } else if driver.is_some() {
            None
        } else {
            open_class(device, model)
        };
        let placeless = ids.is_empty() && class.is_none() && driver.is_none();
        if placeless && device.pci().is_none() {
            return Self::Nothing;
        }
        Self::Pci { ids, class, driver }
    }

    /// A device that the catalogue does not have: it may be any of its class.
    fn of_unknown(device: &Device) -> Self {
        let drive = match &device.kind {
            Kind::Disk(disk) => drive_kind(disk),
            _ => None,
        };
        match drive {
            Some(kind) => Self::Drive(kind, &[]),
            None if device.pci().is_some() => {
                Self::Pci { ids: Vec::new(), class: None, driver: None }
            }
            None => Self::Nothing,
        }
    }

    /// A `-device` argument.
    fn of_argument(device: &Device, argument: &QemuDevice) -> Self {
        let ids = Model::of(device).map(|model| expected(device, model)).unwrap_or_default();
        let is_pci = !ids.is_empty() || argument.addr.is_some();
        if is_pci { Self::Pci { ids, class: None, driver: None } } else { Self::Nothing }
    }

    /// Whether a live device matches the signature, whatever its place.
    pub(super) fn fits(&self, facts: &Facts, no: LiveNo) -> bool {
        let Some(live) = facts.device(no) else { return false };
        let driver = live.driver.as_deref();
        match self {
            Self::Nothing | Self::Root | Self::Part(..) => false,
            Self::Pci { ids, class, driver: prefix } => {
                let Some(pci) = &live.pci else { return false };
                let id = ids.is_empty() || pci.id.is_none_or(|id| ids.contains(&id));
                let class = class.is_none_or(|(class, mask)| {
                    pci.class.is_none_or(|own| own & mask == class & mask)
                });
                let driver = match (prefix, driver) {
                    (Some(prefix), Some(driver)) => driver.starts_with(prefix),
                    _ => true,
                };
                id && class && driver
            }
            Self::Drive(kind, drivers) => {
                let bus = match facts.bus_kind(no) {
                    QemuBus::Scsi => *kind == ControllerKind::Scsi,
                    QemuBus::Ide => matches!(kind, ControllerKind::Ide | ControllerKind::Sata),
                    QemuBus::Floppy => *kind == ControllerKind::Fdc,
                    _ => false,
                };
                // Names of older versions of QEMU, such as `scsi-disk`, are not in the catalogue.
                let is_one =
                    |name: &str| is_named(drivers, name) || Model::of_driver(name).is_none();
                bus && facts.has_address(no) && driver.is_none_or(is_one)
            }
            Self::On(QemuBus::Memory, drivers) => {
                driver.is_some_and(|name| is_named(drivers, name))
            }
            Self::On(bus, drivers) => {
                facts.bus_kind(no) == *bus && driver.is_none_or(|name| is_named(drivers, name))
            }
        }
    }

    /// Whether the signature identifies the device without its place.
    pub(super) fn is_telling(&self) -> bool {
        match self {
            Self::Nothing | Self::Root | Self::Part(..) => false,
            Self::Pci { ids, class, driver } => {
                !ids.is_empty() || class.is_some() || driver.is_some()
            }
            _ => true,
        }
    }
}

/// Whether these QEMU devices include one of this name.
pub(super) fn is_named(drivers: &[Driver], name: &str) -> bool {
    drivers.iter().any(|driver| driver.name == name)
}

/// The bus of virtio devices on machines with others than PCI: the channel subsystem of s390x, and
/// the virtual I/O bus of pSeries. libvirt puts them there unless an address differs.
fn own_bus(device: &Device, machine: Machine) -> Option<QemuBus> {
    match device.address() {
        Some(Address::Ccw(_)) => Some(QemuBus::Ccw),
        Some(Address::SpaprVio(_)) => Some(QemuBus::Vio),
        None if machine.kind == MachineKind::S390Ccw => Some(QemuBus::Ccw),
        None if machine.kind == MachineKind::Pseries => Some(QemuBus::Vio),
        _ => None,
    }
}

/// PCI class of a device with an open model, and the number of upper bits that count.
fn open_class(device: &Device, model: &Model) -> Option<(u16, u16)> {
    let own = model.drivers.iter().find(|driver| driver.name.is_empty());
    let class = own.map(|driver| driver.class).or_else(|| Model::open_class(device.class()))?;
    let [_, subclass] = class.to_be_bytes();
    Some((class, if subclass == 0 { 0xff00 } else { 0xffff }))
}

/// The ids a device may have: a virtio device's depend on where it is.
fn expected(device: &Device, model: &Model) -> Vec<PciId> {
    let id = |behind_port| model.id(device, behind_port);
    let mut ids: Vec<PciId> = id(false).into_iter().chain(id(true)).collect();
    ids.dedup();
    ids
}
