//! Displays, input devices and sound cards.

use super::bus::QemuBus;
use super::hotplug;
use super::implicit::ImplicitBus::{Board, Isa, Ps2};
use super::model::Ask::{self, Express, Legacy};
use super::model::{Driver, Model, Values, Words, builtin, ccw, on, pci, pcie};
use super::pci_id::Ids::{self, Fixed, Modern};
use crate::machine::Feature;
use crate::model::DeviceClass;

/// PCI class of displays that take VGA's own ports.
const VGA: u16 = 0x0300;
/// PCI class of other displays.
const DISPLAY: u16 = 0x0380;
const fn display(model: Values) -> Model {
    Model::new(DeviceClass::Video, Words::model(model)).cold(hotplug::DISPLAY)
}

const fn card(model: Values, connect: Ask, ids: Ids, drivers: &'static [Driver]) -> Model {
    display(model).on_pci(connect, ids).drivers(drivers)
}

/// Source: `domain_conf.c: virDomainVideo`, `qemu_command.c: qemuDeviceVideo`,
/// `qemuDeviceVideoSecondary`; QEMU `hw/display/*.c`.
pub(super) static VIDEOS: &[Model] = &[
    card(&["vga"], Legacy, Fixed(0x1234, 0x1111), &[pci("VGA", VGA)]),
    card(&["cirrus"], Legacy, Fixed(0x1013, 0x00b8), &[pci("cirrus-vga", VGA)]),
    card(&["vmvga"], Legacy, Fixed(0x15ad, 0x0405), &[pci("vmware-svga", VGA)]),
    card(&["qxl"], Legacy, Fixed(0x1b36, 0x0100), &[pci("qxl-vga", VGA), pci("qxl", DISPLAY)]),
    card(
        &["virtio"],
        Express,
        Modern(0x1050),
        &[pcie("virtio-vga", VGA), pcie("virtio-gpu-pci", DISPLAY), ccw("virtio-gpu-ccw")],
    ),
    Model {
        cold: None,
        ..card(&["bochs"], Express, Fixed(0x1234, 0x1111), &[pcie("bochs-display", DISPLAY)])
    },
    card(&["xen"], Legacy, Ids::None, &[]),
    card(&["vbox"], Legacy, Ids::None, &[]),
    card(&["parallels"], Legacy, Ids::None, &[]),
    display(&["ramfb"]).drivers(&[builtin(QemuBus::System, "ramfb")]).at(Board),
    display(&["gop", "none"]).at(Board),
    display(&[]).drivers(&[pci("", VGA)]),
];

const fn input(kind: Values, bus: Values) -> Model {
    Model::new(DeviceClass::Input, Words { kind, bus, ..Words::ANY })
}

/// A virtio input device; `class` is that of its PCI function.
const fn virtio_input(kind: Values, drivers: &'static [Driver]) -> Model {
    input(kind, &["virtio"]).on_pci(Express, Modern(0x1052)).drivers(drivers)
}

/// Source: `qemu_command.c: qemuBuildInputVirtioDevProps`, `qemuBuildInputUSBDevProps`; QEMU
/// `hw/input/virtio-input-hid.c`, `hw/usb/dev-hid.c`, `hw/input/pckbd.c` (one chip for keyboard and
/// mouse).
pub(super) static INPUTS: &[Model] = &[
    input(&["tablet"], &["usb"]).drivers(&[on(QemuBus::Usb, "usb-tablet")]),
    input(&["mouse"], &["usb"]).drivers(&[on(QemuBus::Usb, "usb-mouse")]),
    input(&["keyboard"], &["usb"]).drivers(&[on(QemuBus::Usb, "usb-kbd")]),
    input(&[], &["usb"]),
    virtio_input(&["keyboard"], &[pcie("virtio-keyboard-pci", 0x0900), ccw("virtio-keyboard-ccw")]),
    virtio_input(&["mouse"], &[pcie("virtio-mouse-pci", 0x0902), ccw("virtio-mouse-ccw")]),
    virtio_input(&["tablet"], &[pcie("virtio-tablet-pci", 0x0980), ccw("virtio-tablet-ccw")]),
    // Its class is that of the host's device.
    virtio_input(&["passthrough"], &[pcie("virtio-input-host-pci", 0)]).not_from_live(),
    virtio_input(&[], &[]),
    input(&[], &["ps2"]).drivers(&[builtin(QemuBus::Isa, "i8042")]).at(Ps2),
    input(&[], &["xen", "parallels", "none"]).at(Board),
    input(&["evdev"], &[""]).at(Board),
];

const fn sound(model: Values, drivers: &'static [Driver]) -> Model {
    Model::new(DeviceClass::Sound, Words::model(model)).drivers(drivers)
}

/// Source: `qemu_command.c: qemuBuildSoundDevCmd`; QEMU `hw/audio/*.c`.
pub(super) static SOUNDS: &[Model] = &[
    sound(&["ich6"], &[pci("intel-hda", 0x0403)]).on_pci(Legacy, Fixed(0x8086, 0x2668)),
    sound(&["ich9"], &[pci("ich9-intel-hda", 0x0403)]).on_pci(Legacy, Fixed(0x8086, 0x293e)),
    sound(&["ac97"], &[pci("AC97", 0x0401)]).on_pci(Legacy, Fixed(0x8086, 0x2415)),
    sound(&["es1370"], &[pci("ES1370", 0x0401)]).on_pci(Legacy, Fixed(0x1274, 0x5000)),
    sound(&["virtio"], &[pcie("virtio-sound-pci", 0x0401)])
        .on_pci(Express, Modern(0x1059))
        .since(Feature::VirtioSound),
    sound(&["sb16"], &[on(QemuBus::Isa, "sb16")]).at(Isa),
    sound(&["pcspk"], &[builtin(QemuBus::Isa, "isa-pcspk")]).at(Isa),
    sound(&["usb"], &[on(QemuBus::Usb, "usb-audio")]),
    sound(&[], &[pci("", 0x0400)]),
];
