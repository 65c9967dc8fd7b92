//! Character devices, and other USB devices and smartcards.

use super::bus::QemuBus;
use super::geometry::{Geometry, Ports};
use super::implicit::ImplicitBus::{Board, Isa};
use super::model::Ask::Legacy;
use super::model::{Model, Values, Words, on, pci};
use super::pci_id::Ids::Fixed;
use super::spelling::Where;
use crate::model::DeviceClass;

const fn port(class: DeviceClass, target: Values) -> Model {
    Model::new(class, Words::model(target))
}

/// Source: `qemu_command.c: qemuBuildSerialChrDeviceProps`; QEMU `hw/char/*.c`,
/// `hw/usb/dev-serial.c`. What an open type means is in [`super::defaults`].
pub(super) static SERIALS: &[Model] = &[
    port(DeviceClass::Serial, &["isa-serial"]).drivers(&[on(QemuBus::Isa, "isa-serial")]).at(Isa),
    port(DeviceClass::Serial, &["isa-debug"]).drivers(&[on(QemuBus::Isa, "isa-debugcon")]).at(Isa),
    port(DeviceClass::Serial, &["usb-serial"]).drivers(&[on(QemuBus::Usb, "usb-serial")]),
    port(DeviceClass::Serial, &["pci-serial"])
        .drivers(&[pci("pci-serial", 0x0700)])
        .on_pci(Legacy, Fixed(0x1b36, 0x0002)),
    port(DeviceClass::Serial, &["spapr-vio-serial"])
        .drivers(&[on(QemuBus::Vio, "spapr-vty")])
        .says(&[(Where::Own("type"), "null")]),
    port(DeviceClass::Serial, &["system-serial", "sclp-serial"]).at(Board),
    port(DeviceClass::Serial, &[]).drivers(&[pci("", 0x0700)]),
];

/// Source: `qemu_command.c: qemuBuildParallelChrDeviceProps`; QEMU `hw/char/parallel-isa.c`.
pub(super) static PARALLELS: &[Model] =
    &[port(DeviceClass::Parallel, &[]).drivers(&[on(QemuBus::Isa, "isa-parallel")]).at(Isa)];

/// Source: `qemu_command.c: qemuBuildConsoleChrDeviceProps`; QEMU `hw/char/virtio-console.c`.
pub(super) static CONSOLES: &[Model] = &[
    port(DeviceClass::Console, &["virtio"]).drivers(&[on(QemuBus::Serial, "virtconsole")]),
    port(DeviceClass::Console, &["sclp", "sclplm", "xen"]).at(Board),
];

/// Source: `qemu_command.c: qemuBuildChannelChrDeviceProps`; QEMU `hw/char/virtio-console.c`.
pub(super) static CHANNELS: &[Model] = &[
    port(DeviceClass::Channel, &["virtio"]).drivers(&[on(QemuBus::Serial, "virtserialport")]),
    port(DeviceClass::Channel, &["guestfwd", "xen"]).at(Board),
];

/// Source: `qemu_command.c: qemuBuildSmartcardCommandLine`; QEMU `hw/usb/ccid-card-*.c`.
pub(super) static SMARTCARDS: &[Model] = &[
    Model::new(DeviceClass::Smartcard, Words::kind(&["passthrough"]))
        .drivers(&[on(QemuBus::Ccid, "ccid-card-passthru")]),
    Model::new(DeviceClass::Smartcard, Words::kind(&["host", "host-certificates"]))
        .drivers(&[on(QemuBus::Ccid, "ccid-card-emulated")])
        .not_from_live(),
];

/// Source: `qemu_command.c: qemuBuildHubDevProps`; QEMU `hw/usb/dev-hub.c`.
pub(super) static HUBS: &[Model] = &[Model::new(DeviceClass::Hub, Words::kind(&["usb", ""]))
    .drivers(&[on(QemuBus::Usb, "usb-hub")])
    .offers(Geometry::Ports(Ports::HUB))];

/// Source: `qemu_command.c: qemuBuildRedirdevDevProps`; QEMU `hw/usb/redirect.c`.
pub(super) static REDIRDEVS: &[Model] =
    &[Model::new(DeviceClass::Redirdev, Words::bus(&["usb", ""]))
        .drivers(&[on(QemuBus::Usb, "usb-redir")])];
