//! Controllers: the devices that offer places to others. PCI controllers are in [`super::bridges`],
//! SCSI adapters in [`super::scsi`].

use super::bus::QemuBus;
use super::geometry::{Drives, Geometry, OnlyZero, Ports};
use super::hotplug::NOT_HOTPLUGGABLE;
use super::implicit::ImplicitBus::{self, Board, Isa};
use super::model::Ask::{self, Express, Legacy};
use super::model::{Driver, Model, Values, Words, builtin, ccw, on, pci, pcie};
use super::pci_id::Ids::{self, Fixed, Virtio};
use crate::machine::Feature;
use crate::model::address::Function;
use crate::model::{Controller, ControllerKind, DeviceClass, PciModel};

/// A controller model: a row of the catalogue with what it offers.
#[derive(Debug)]
pub struct ControllerModel {
    /// Kind of controller.
    pub kind: ControllerKind,
    /// Device that it is, with the places it offers.
    pub model: Model,
    /// Its model as a PCI controller.
    pub pci: Option<PciModel>,
    /// Its part in an ICH9 USB controller.
    pub part: Option<UsbPart>,
}

/// A function of an ICH9 USB controller.
///
/// Source: `qemu_postparse.c: qemuDomainUSBControllerDefPostParse`; for the functions of one slot
/// `qemu_domain_address.c: qemuDomainAssignDevicePCISlots`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsbPart {
    /// PCI function of it.
    pub function: Function,
    /// First port that it serves as a companion; `None` for the EHCI controller, which is the
    /// master.
    pub start_port: Option<u32>,
}

/// A controller that never gets a PCI address.
pub(super) const fn controller(
    kind: ControllerKind,
    model: Values,
    offers: Geometry,
    drivers: &'static [Driver],
) -> ControllerModel {
    let model = Model::new(DeviceClass::Controller, Words::model(model));
    let model = model.offers(offers).drivers(drivers);
    ControllerModel { kind, model, pci: None, part: None }
}

impl UsbPart {
    /// The part that a controller is; `None` for all others.
    pub fn of(controller: &Controller) -> Option<Self> {
        ControllerModel::of(controller)?.part
    }
}

/// The columns of a controller model, as in [`Model`].
impl ControllerModel {
    pub(super) const fn on_pci(self, connect: Ask, ids: Ids) -> Self {
        Self { model: self.model.on_pci(connect, ids), ..self }
    }

    pub(super) const fn at(self, bus: ImplicitBus) -> Self {
        Self { model: self.model.at(bus), ..self }
    }

    pub(super) const fn cold(self, why: &'static str) -> Self {
        Self { model: self.model.cold(why), ..self }
    }

    const fn since(self, feature: Feature) -> Self {
        Self { model: self.model.since(feature), ..self }
    }

    const fn not_from_live(self) -> Self {
        Self { model: self.model.not_from_live(), ..self }
    }

    /// Sets the attribute values that identify the model in libvirt.
    pub(super) const fn words(self, words: Words) -> Self {
        Self { model: Model { words, ..self.model }, ..self }
    }
}

/// Ids of controllers that may be a part of the chipset.
pub(super) const PIIX3_IDE_ID: (u16, u16) = (0x8086, 0x7010);
pub(super) const PIIX4_USB_ID: (u16, u16) = (0x8086, 0x7112);
pub(super) const ICH9_SATA_ID: (u16, u16) = (0x8086, 0x2922);

const fn fixed((vendor, device): (u16, u16)) -> Ids {
    Fixed(vendor, device)
}

/// PCI class of USB controllers.
const USB_CLASS: u16 = 0x0c03;

/// A conventional USB controller with so many ports.
const fn usb(model: Values, ports: u32, ids: Ids, drivers: &'static [Driver]) -> ControllerModel {
    let ports = Geometry::Ports(Ports::usb(ports));
    controller(ControllerKind::Usb, model, ports, drivers).on_pci(Legacy, ids)
}

/// An xHCI controller; its `ports=` sets the number of ports.
const fn xhci(model: Values, ids: Ids, drivers: &'static [Driver]) -> ControllerModel {
    let ports = Geometry::Ports(Ports::adjustable(1, 4));
    controller(ControllerKind::Usb, model, ports, drivers).on_pci(Express, ids)
}

/// A function of an ICH9 USB controller that serves the ports of its master from this one on.
const fn companion(
    model: Values,
    device: u16,
    drivers: &'static [Driver],
    function: Function,
    start_port: u32,
) -> ControllerModel {
    let uhci = controller(ControllerKind::Usb, model, Geometry::Nothing, drivers);
    let part = Some(UsbPart { function, start_port: Some(start_port) });
    ControllerModel { part, ..uhci.on_pci(Legacy, Fixed(0x8086, device)).cold(NOT_HOTPLUGGABLE) }
}

/// Xen's USB controllers.
const fn xen_usb(model: Values) -> ControllerModel {
    let ports = Geometry::Ports(Ports::adjustable(1, 8));
    controller(ControllerKind::Usb, model, ports, &[]).on_pci(Legacy, Ids::None)
}

/// In the order of libvirt's list of models; the last is for models it does not know, or none.
///
/// Source: `domain_conf.c: virDomainControllerModelUSB`, `domain_addr.c:
/// virDomainUSBAddressControllerModelToPorts`, `qemu_command.c: qemuControllerModelUSBTypeToCaps`;
/// QEMU `hw/usb/hcd-*.c`.
pub(super) static USB: &[ControllerModel] = &[
    usb(&["piix3-uhci"], 2, Fixed(0x8086, 0x7020), &[pci("piix3-usb-uhci", USB_CLASS)]),
    usb(&["piix4-uhci"], 2, fixed(PIIX4_USB_ID), &[pci("piix4-usb-uhci", USB_CLASS)]),
    usb(&["ehci"], 6, Fixed(0x8086, 0x24cd), &[pci("usb-ehci", USB_CLASS)]),
    ControllerModel {
        part: Some(UsbPart { function: Function::MAX, start_port: None }),
        ..usb(&["ich9-ehci1"], 6, Fixed(0x8086, 0x293a), &[pci("ich9-usb-ehci1", USB_CLASS)])
            .cold(NOT_HOTPLUGGABLE)
    },
    companion(&["ich9-uhci1"], 0x2934, &[pci("ich9-usb-uhci1", USB_CLASS)], Function::ZERO, 0),
    companion(
        &["ich9-uhci2"],
        0x2935,
        &[pci("ich9-usb-uhci2", USB_CLASS)],
        Function::literal(1),
        2,
    ),
    companion(
        &["ich9-uhci3"],
        0x2936,
        &[pci("ich9-usb-uhci3", USB_CLASS)],
        Function::literal(2),
        4,
    ),
    usb(&["vt82c686b-uhci"], 2, Fixed(0x1106, 0x3038), &[pci("vt82c686b-usb-uhci", USB_CLASS)]),
    usb(&["pci-ohci"], 3, Fixed(0x106b, 0x003f), &[pci("pci-ohci", USB_CLASS)])
        .cold(NOT_HOTPLUGGABLE),
    xhci(&["nec-xhci"], Fixed(0x1033, 0x0194), &[pcie("nec-usb-xhci", USB_CLASS)]),
    xen_usb(&["qusb1"]),
    xen_usb(&["qusb2"]),
    xhci(&["qemu-xhci"], Fixed(0x1b36, 0x000d), &[pcie("qemu-xhci", USB_CLASS)]),
    controller(ControllerKind::Usb, &["none"], Geometry::Nothing, &[]).at(Board),
    usb(&[], 2, Ids::None, &[pci("", USB_CLASS)]),
];

/// Source: `domain_conf.c: virDomainControllerModelIDE`; QEMU `hw/ide/piix.c`, two channels of two
/// drives.
pub(super) static IDE: &[ControllerModel] = &[controller(
    ControllerKind::Ide,
    &["", "piix3", "piix4", "ich6"],
    Geometry::Drives(Drives::plain(2, 2, OnlyZero { controller: true, bus: false, target: true })),
    &[pci("piix3-ide", 0x0101)],
)
.on_pci(Legacy, fixed(PIIX3_IDE_ID))
.cold(NOT_HOTPLUGGABLE)];

/// Source: QEMU `hw/ide/ich.c`, six ports, each a bus of its own in QEMU.
pub(super) static SATA: &[ControllerModel] = &[controller(
    ControllerKind::Sata,
    &[],
    Geometry::Drives(Drives::plain(1, 6, OnlyZero { controller: false, bus: true, target: true })),
    &[pci("ich9-ahci", 0x0106), pci("ahci", 0x0106)],
)
.on_pci(Legacy, fixed(ICH9_SATA_ID))];

/// Source: QEMU `hw/block/fdc-isa.c`, `hw/block/fdc.c: MAX_FD`.
pub(super) static FDC: &[ControllerModel] = &[controller(
    ControllerKind::Fdc,
    &[],
    Geometry::Drives(Drives::plain(1, 2, OnlyZero { controller: true, bus: true, target: true })),
    &[builtin(QemuBus::Isa, "isa-fdc")],
)
.at(Isa)];

/// Source: QEMU `hw/nvme/ctrl.c`.
pub(super) static NVME: &[ControllerModel] =
    &[controller(ControllerKind::Nvme, &[], Geometry::Open, &[pcie("nvme", 0x0108)])
        .on_pci(Express, Fixed(0x1b36, 0x0010))
        .not_from_live()
        .since(Feature::Nvme)];

/// Source: `domain_conf.c: virDomainControllerModelVirtioSerial`; QEMU
/// `hw/char/virtio-serial-bus.c`.
pub(super) static VIRTIO_SERIAL: &[ControllerModel] = &[controller(
    ControllerKind::VirtioSerial,
    &["", "virtio", "virtio-transitional", "virtio-non-transitional"],
    Geometry::Ports(Ports::VIRTIO_SERIAL),
    &[pcie("virtio-serial-pci", 0x0780), ccw("virtio-serial-ccw")],
)
.on_pci(Express, Virtio(0x1003, 0x1043))];

/// Source: `qemu_validate.c: qemuValidateDomainSmartcardDef` (one card); QEMU
/// `hw/usb/dev-smartcard-reader.c`.
pub(super) static CCID: &[ControllerModel] =
    &[controller(ControllerKind::Ccid, &[], Geometry::Slots(1), &[on(QemuBus::Usb, "usb-ccid")])];

/// The ISA bus as a controller, which PCs have anyway.
pub(super) static ISA: &[ControllerModel] =
    &[controller(ControllerKind::Isa, &[], Geometry::Nothing, &[]).at(Isa)];

/// Xen's bus for all that its guests have.
pub(super) static XENBUS: &[ControllerModel] =
    &[controller(ControllerKind::Xenbus, &[], Geometry::Nothing, &[]).at(Board)];

/// A kind that libvirt 11 does not know.
pub(super) static OTHER: &[ControllerModel] =
    &[controller(ControllerKind::Other, &[], Geometry::Open, &[])];
