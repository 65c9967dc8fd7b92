//! A row of the catalogue: one device model with its libvirt spelling and its QEMU devices.

use super::bus::QemuBus;
use super::geometry::Geometry;
use super::implicit::ImplicitBus;
use super::pci_id::Ids;
use super::spelling::Where;
use crate::machine::{Connect, Feature};
use crate::model::DeviceClass;

/// A device model, as libvirt spells it and QEMU builds it.
#[derive(Debug)]
pub struct Model {
    /// Class of the libvirt element.
    pub class: DeviceClass,
    /// Attribute values that distinguish it from other models of its class.
    pub words: Words,
    /// QEMU devices for it, one or more for each kind of bus; the first of a bus is the usual one.
    pub drivers: &'static [Driver],
    /// PCI vendor and device ids that a guest sees.
    pub ids: Ids,
    /// PCI connection that libvirt looks for when it chooses the address.
    pub connect: Ask,
    /// Bus of the machine that it sits on when it has no address.
    pub implicit: Option<ImplicitBus>,
    /// Why it cannot be plugged into a running guest, where that is a property of the model and not
    /// of its bus.
    pub cold: Option<&'static str>,
    /// Places it offers to other devices, where it is a controller of them.
    pub offers: Option<Geometry>,
    /// Values of a new element that differ from those of its class.
    pub says: &'static [(Where, &'static str)],
    /// Whether a monitor reports everything that an element of this model needs, so that one can be
    /// written for a live device.
    pub from_live: bool,
    /// Change of libvirt since which it is a part of the board: it gets no PCI address by itself,
    /// and one that is written counts.
    pub on_board: Option<Feature>,
    /// The change of libvirt that brought it; `None`: all releases that are known have it.
    pub since: Option<Feature>,
}

impl Model {
    /// A model without a QEMU device, which never gets a PCI address.
    pub(super) const fn new(class: DeviceClass, words: Words) -> Self {
        Self {
            class,
            words,
            drivers: &[],
            ids: Ids::None,
            connect: Ask::Never,
            implicit: None,
            cold: None,
            offers: None,
            says: &[],
            from_live: true,
            on_board: None,
            since: None,
        }
    }

    /// With these QEMU devices.
    pub(super) const fn drivers(self, drivers: &'static [Driver]) -> Self {
        Self { drivers, ..self }
    }

    /// A PCI device with these ids, for which libvirt looks for this kind of connection.
    pub(super) const fn on_pci(self, connect: Ask, ids: Ids) -> Self {
        Self { ids, connect, ..self }
    }

    /// On this bus of the machine when it has no address.
    pub(super) const fn at(self, bus: ImplicitBus) -> Self {
        Self { implicit: Some(bus), ..self }
    }

    /// With these places for other devices.
    pub(super) const fn offers(self, offers: Geometry) -> Self {
        Self { offers: Some(offers), ..self }
    }

    /// Part of the guest from its start on, for this reason.
    pub(super) const fn cold(self, why: &'static str) -> Self {
        Self { cold: Some(why), ..self }
    }

    /// Replaces the class's values for new elements.
    pub(super) const fn says(self, says: &'static [(Where, &'static str)]) -> Self {
        Self { says, ..self }
    }

    /// A part of the board since this change.
    pub(super) const fn on_board_since(self, feature: Feature) -> Self {
        Self { on_board: Some(feature), implicit: Some(ImplicitBus::Board), ..self }
    }

    /// Known to libvirt since this change.
    pub(super) const fn since(self, feature: Feature) -> Self {
        Self { since: Some(feature), ..self }
    }

    /// Marks a model whose element needs more than a monitor reports.
    pub(super) const fn not_from_live(self) -> Self {
        Self { from_live: false, ..self }
    }
}

/// Accepted values of one attribute of an element: an empty list accepts every value; `""` is an
/// absent attribute; the first is the one to write.
pub type Values = &'static [&'static str];

/// Attribute values of a model; [`super::Spelling`] has where each class keeps them.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// Model: `model=`, `<model type=>`, or `<target type=>` of a character device.
    pub model: Values,
    /// Sub-kind: `type=` of an input, hub, host device, controller; `device=` of a disk;
    /// `<driver type=>` of a filesystem.
    pub kind: Values,
    /// Bus: `bus=`, or `<target bus=>` of a disk.
    pub bus: Values,
    /// Name: `<model name=>` of a PCI controller.
    pub name: Values,
}

impl Words {
    /// Values of a model that is recognised by its class alone.
    pub const ANY: Self = Self { model: &[], kind: &[], bus: &[], name: &[] };

    /// A model that is recognised by its model attribute.
    pub const fn model(model: Values) -> Self {
        Self { model, ..Self::ANY }
    }

    /// A model by its sub-kind.
    pub const fn kind(kind: Values) -> Self {
        Self { kind, ..Self::ANY }
    }

    /// A model by its bus.
    pub const fn bus(bus: Values) -> Self {
        Self { bus, ..Self::ANY }
    }
}

/// A QEMU device (`-device` name) and the kind of bus it plugs into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Driver {
    /// Kind of bus.
    pub bus: QemuBus,
    /// QEMU's name of the device; empty for every device of the PCI class.
    pub name: &'static str,
    /// PCI class and subclass; 0 where it is no PCI function, or that of a host device.
    pub class: u16,
    /// Whether QEMU gives it a PCI Express capability behind a port (the type implements
    /// `pci-express-device`). libvirt chooses places by [`Model::connect`], which differs for some
    /// models.
    pub express: bool,
    /// Whether the machine has it anyway: once, for every element that names it.
    pub builtin: bool,
}

impl Driver {
    const fn new(bus: QemuBus, name: &'static str, class: u16) -> Self {
        Self { bus, name, class, express: false, builtin: false }
    }
}

/// A conventional PCI function of this class.
pub(super) const fn pci(name: &'static str, class: u16) -> Driver {
    Driver::new(QemuBus::Pci, name, class)
}

/// A PCI Express function of this class, at least behind a port.
pub(super) const fn pcie(name: &'static str, class: u16) -> Driver {
    Driver { express: true, ..pci(name, class) }
}

/// A channel device.
pub(super) const fn ccw(name: &'static str) -> Driver {
    on(QemuBus::Ccw, name)
}

/// A device on another bus.
pub(super) const fn on(bus: QemuBus, name: &'static str) -> Driver {
    Driver::new(bus, name, 0)
}

/// A device that the machine brings along.
pub(super) const fn builtin(bus: QemuBus, name: &'static str) -> Driver {
    Driver { builtin: true, ..on(bus, name) }
}

/// The PCI connection that libvirt looks for.
///
/// Source: `qemu_domain_address.c: qemuDomainDeviceCalculatePCIConnectFlags`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Has no PCI address.
    Never,
    /// Connects as conventional PCI.
    Legacy,
    /// PCI Express where bus 0 is `pcie-root`, conventional PCI elsewhere; virtio devices too, with
    /// every QEMU that libvirt 11 knows. The transitional form of a virtio device asks for
    /// conventional PCI.
    Express,
    /// Connects as `Legacy`, on bus 0.
    OnBoardLegacy,
    /// Connects as `Express`, on bus 0.
    OnBoardExpress,
    /// The connection of a PCI controller; none for a root.
    Controller(Connect),
}
