//! Controllers: the devices that offer places to others.

use super::bus::QemuBus;
use super::implicit::ImplicitBus::{Board, Isa};
use super::model::Ask::{Express, Legacy, Never};
use super::model::{Ask, Driver, Model, Values, Words, builtin, ccw, on, pci, pcie};
use super::pci_id::Ids::{self, Fixed, Virtio};
use crate::model::{ControllerKind, DeviceClass, PciModel};

/// One controller model.
#[derive(Debug)]
pub struct ControllerModel {
    /// Kind of controller.
    pub kind: ControllerKind,
    /// Device that it is.
    pub model: Model,
    /// Its model as a PCI controller.
    pub pci: Option<PciModel>,
    /// Its part in an ICH9 USB controller.
    pub part: Option<UsbPart>,
}

/// One of the functions that make up an ICH9 USB controller.
///
/// Source: `qemu_postparse.c: qemuDomainUSBControllerDefPostParse` and
/// `qemu_domain_address.c: qemuDomainPCIAddressReserveNextAddr...` (functions of one slot).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsbPart {
    /// PCI function of it.
    pub function: u32,
    /// First port that it serves as a companion; `None` for the EHCI controller, which is the
    /// master.
    pub start_port: Option<u32>,
}

const fn controller(
    kind: ControllerKind,
    model: Values,
    connect: Ask,
    ids: Ids,
    drivers: &'static [Driver],
) -> ControllerModel {
    let model = Model::new(DeviceClass::Controller, Words::model(model))
        .on_pci(connect, ids)
        .drivers(drivers);
    ControllerModel { kind, model, pci: None, part: None }
}

const fn scsi(
    model: Values,
    connect: Ask,
    ids: Ids,
    drivers: &'static [Driver],
) -> ControllerModel {
    controller(ControllerKind::Scsi, model, connect, ids, drivers)
}

/// A SCSI adapter that QEMU has not.
const fn foreign(model: Values) -> ControllerModel {
    scsi(model, Legacy, Ids::None, &[])
}

/// A USB controller of Intel's ICH9 or PIIX, or another conventional one.
const fn usb(model: Values, ids: Ids, drivers: &'static [Driver]) -> ControllerModel {
    controller(ControllerKind::Usb, model, Legacy, ids, drivers)
}

const fn xhci(model: Values, ids: Ids, drivers: &'static [Driver]) -> ControllerModel {
    controller(ControllerKind::Usb, model, Express, ids, drivers)
}

/// A function of an ICH9 USB controller.
const fn ich9(
    model: Values,
    device: u16,
    drivers: &'static [Driver],
    function: u32,
    start_port: Option<u32>,
) -> ControllerModel {
    let part = Some(UsbPart { function, start_port });
    ControllerModel { part, ..usb(model, Fixed(0x8086, device), drivers) }
}

/// A kind of controller without models.
const fn plain(kind: ControllerKind, drivers: &'static [Driver]) -> ControllerModel {
    controller(kind, &[], Never, Ids::None, drivers)
}

/// SCSI, in the order of libvirt's list of models.
///
/// Source: `domain_conf.c: virDomainControllerModelSCSI`, `qemu_command.c:
/// qemuBuildControllerSCSIDevProps`; QEMU `hw/scsi/*.c`.
pub(super) static SCSI: &[ControllerModel] = &[
    // Left to libvirt, see `default_scsi_model`.
    foreign(&["auto"]),
    foreign(&["buslogic"]),
    scsi(
        &["lsilogic"],
        Legacy,
        Fixed(0x1000, 0x0012),
        &[pci("lsi53c895a", 0x0100), pci("lsi", 0x0100)],
    ),
    scsi(&["lsisas1068"], Legacy, Fixed(0x1000, 0x0054), &[pci("mptsas1068", 0x0100)]),
    scsi(&["vmpvscsi"], Legacy, Fixed(0x15ad, 0x07c0), &[pcie("pvscsi", 0x0100)]),
    scsi(&["ibmvscsi"], Legacy, Ids::None, &[on(QemuBus::Vio, "spapr-vscsi")]),
    scsi(
        &["virtio-scsi", "virtio-transitional", "virtio-non-transitional"],
        Express,
        Virtio(0x1004, 0x1048),
        &[pcie("virtio-scsi-pci", 0x0100), ccw("virtio-scsi-ccw")],
    ),
    scsi(&["lsisas1078"], Legacy, Fixed(0x1000, 0x0060), &[pci("megasas", 0x0104)]),
    ControllerModel {
        model: Model::new(DeviceClass::Controller, Words::model(&["ncr53c90"])).at(Board),
        ..foreign(&[])
    },
    scsi(&["dc390"], Legacy, Fixed(0x1022, 0x2020), &[pci("dc390", 0x0100)]),
    scsi(&["am53c974"], Legacy, Fixed(0x1022, 0x2020), &[pci("am53c974", 0x0100)]),
    foreign(&[]),
];

/// USB, in the order of libvirt's list of models.
///
/// Source: `domain_conf.c: virDomainControllerModelUSB`, `qemu_command.c:
/// qemuControllerModelUSBTypeToCaps`; QEMU `hw/usb/hcd-*.c`.
pub(super) static USB: &[ControllerModel] = &[
    usb(&["piix3-uhci"], Fixed(0x8086, 0x7020), &[pci("piix3-usb-uhci", SERIAL_USB)]),
    usb(&["piix4-uhci"], Fixed(0x8086, 0x7112), &[pci("piix4-usb-uhci", SERIAL_USB)]),
    usb(&["ehci"], Fixed(0x8086, 0x24cd), &[pci("usb-ehci", SERIAL_USB)]),
    ich9(&["ich9-ehci1"], 0x293a, &[pci("ich9-usb-ehci1", SERIAL_USB)], 7, None),
    ich9(&["ich9-uhci1"], 0x2934, &[pci("ich9-usb-uhci1", SERIAL_USB)], 0, Some(0)),
    ich9(&["ich9-uhci2"], 0x2935, &[pci("ich9-usb-uhci2", SERIAL_USB)], 1, Some(2)),
    ich9(&["ich9-uhci3"], 0x2936, &[pci("ich9-usb-uhci3", SERIAL_USB)], 2, Some(4)),
    usb(&["vt82c686b-uhci"], Fixed(0x1106, 0x3038), &[pci("vt82c686b-usb-uhci", SERIAL_USB)]),
    usb(&["pci-ohci"], Fixed(0x106b, 0x003f), &[pci("pci-ohci", SERIAL_USB)]),
    xhci(&["nec-xhci"], Fixed(0x1033, 0x0194), &[pcie("nec-usb-xhci", SERIAL_USB)]),
    // Xen's.
    usb(&["qusb1"], Ids::None, &[]),
    usb(&["qusb2"], Ids::None, &[]),
    xhci(&["qemu-xhci"], Fixed(0x1b36, 0x000d), &[pcie("qemu-xhci", SERIAL_USB)]),
    ControllerModel {
        model: Model::new(DeviceClass::Controller, Words::model(&["none"])).at(Board),
        ..usb(&[], Ids::None, &[])
    },
    usb(&[], Ids::None, &[pci("", SERIAL_USB)]),
];

/// PCI class of USB controllers.
const SERIAL_USB: u16 = 0x0c03;

/// Source: `domain_conf.c: virDomainControllerModelIDE`; QEMU `hw/ide/piix.c`.
pub(super) static IDE: &[ControllerModel] = &[controller(
    ControllerKind::Ide,
    &["", "piix3", "piix4", "ich6"],
    Legacy,
    Fixed(0x8086, 0x7010),
    &[pci("piix3-ide", 0x0101)],
)];

/// Source: QEMU `hw/ide/ich.c`.
pub(super) static SATA: &[ControllerModel] = &[controller(
    ControllerKind::Sata,
    &[],
    Legacy,
    Fixed(0x8086, 0x2922),
    &[pci("ich9-ahci", 0x0106), pci("ahci", 0x0106)],
)];

/// Newer than libvirt 11.3. Source: QEMU `hw/nvme/ctrl.c`.
pub(super) static NVME: &[ControllerModel] = &[ControllerModel {
    model: Model::new(DeviceClass::Controller, Words::ANY)
        .on_pci(Express, Fixed(0x1b36, 0x0010))
        .drivers(&[pcie("nvme", 0x0108)])
        .not_from_live()
        .since(11, 5),
    ..plain(ControllerKind::Nvme, &[])
}];

/// Source: `domain_conf.c: virDomainControllerModelVirtioSerial`; QEMU
/// `hw/char/virtio-serial-bus.c`.
pub(super) static VIRTIO_SERIAL: &[ControllerModel] = &[controller(
    ControllerKind::VirtioSerial,
    &["", "virtio", "virtio-transitional", "virtio-non-transitional"],
    Express,
    Virtio(0x1003, 0x1043),
    &[pcie("virtio-serial-pci", 0x0780), ccw("virtio-serial-ccw")],
)];

/// Source: QEMU `hw/usb/dev-smartcard-reader.c`.
pub(super) static CCID: &[ControllerModel] =
    &[plain(ControllerKind::Ccid, &[on(QemuBus::Usb, "usb-ccid")])];

/// Source: QEMU `hw/block/fdc-isa.c`.
pub(super) static FDC: &[ControllerModel] = &[ControllerModel {
    model: Model::new(DeviceClass::Controller, Words::ANY)
        .drivers(&[builtin(QemuBus::Isa, "isa-fdc")])
        .at(Isa),
    ..plain(ControllerKind::Fdc, &[])
}];

/// The ISA bus as a controller, which PCs have anyway.
pub(super) static ISA: &[ControllerModel] = &[ControllerModel {
    model: Model::new(DeviceClass::Controller, Words::ANY).at(Isa),
    ..plain(ControllerKind::Isa, &[])
}];

/// Xen's bus for all that its guests have.
pub(super) static XENBUS: &[ControllerModel] = &[ControllerModel {
    model: Model::new(DeviceClass::Controller, Words::ANY).at(Board),
    ..plain(ControllerKind::Xenbus, &[])
}];
