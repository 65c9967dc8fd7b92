//! Where a device lives that needs no `<address>`: the buses a machine has anyway.

use super::{Machine, MachineKind};
use crate::model::{ControllerKind, Device, DeviceClass, Kind};

/// A bus of the machine itself, for devices without an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Home {
    /// The ISA bus, with I/O ports and interrupts that are fixed or written.
    Isa,
    /// The keyboard controller's two ports.
    Ps2,
    /// Part of the board, firmware or hypervisor: no bus that a person could choose.
    Board,
}

/// Class, the word that tells its kinds apart (`*` for all), and where that kind lives.
///
/// Source: what libvirt passes to QEMU for each (`qemu_command.c`), and the bus of that QEMU
/// device; `libvirt-addressing.md` 5.2 ("-": never gets a PCI address).
const HOMES: &[(DeviceClass, &str, Home)] = &[
    (DeviceClass::Serial, "isa-serial", Home::Isa),
    (DeviceClass::Serial, "isa-debug", Home::Isa),
    (DeviceClass::Parallel, "*", Home::Isa),
    (DeviceClass::Sound, "sb16", Home::Isa),
    (DeviceClass::Sound, "pcspk", Home::Isa),
    (DeviceClass::Watchdog, "ib700", Home::Isa),
    (DeviceClass::Watchdog, "itco", Home::Board),
    (DeviceClass::Watchdog, "diag288", Home::Board),
    (DeviceClass::Panic, "isa", Home::Isa),
    (DeviceClass::Panic, "hyperv", Home::Board),
    (DeviceClass::Panic, "pseries", Home::Board),
    (DeviceClass::Panic, "s390", Home::Board),
    (DeviceClass::Tpm, "tpm-tis", Home::Isa),
    (DeviceClass::Tpm, "tpm-crb", Home::Board),
    (DeviceClass::Tpm, "spapr-tpm-proxy", Home::Board),
    (DeviceClass::Iommu, "intel", Home::Board),
    (DeviceClass::Iommu, "amd", Home::Board),
    (DeviceClass::Iommu, "smmuv3", Home::Board),
    (DeviceClass::Video, "ramfb", Home::Board),
    (DeviceClass::Video, "gop", Home::Board),
    (DeviceClass::Video, "none", Home::Board),
    (DeviceClass::Memballoon, "none", Home::Board),
    (DeviceClass::Memory, "sgx-epc", Home::Board),
    (DeviceClass::Memory, "dimm", Home::Board),
    (DeviceClass::Memory, "nvdimm", Home::Board),
    (DeviceClass::Serial, "system-serial", Home::Board),
    (DeviceClass::Serial, "sclp-serial", Home::Board),
    (DeviceClass::Console, "sclp", Home::Board),
    (DeviceClass::Console, "sclplm", Home::Board),
    (DeviceClass::Console, "xen", Home::Board),
    (DeviceClass::Channel, "guestfwd", Home::Board),
    (DeviceClass::Channel, "xen", Home::Board),
    (DeviceClass::Nvram, "*", Home::Board),
];

/// Where `device` lives without an address on `machine`; `None` when it ought to have one.
pub fn home(device: &Device, machine: Machine) -> Option<Home> {
    match &device.kind {
        Kind::Plain(plain) if device.class() == DeviceClass::Input => {
            match (plain.variety.as_deref(), plain.bus.as_deref()) {
                (_, Some("ps2")) => Some(Home::Ps2),
                (_, Some("xen" | "parallels" | "none")) | (Some("evdev"), None) => {
                    Some(Home::Board)
                }
                (Some("mouse" | "keyboard"), None) if machine.arch.is_x86() => Some(Home::Ps2),
                _ => None,
            }
        }
        Kind::Controller(controller) => match (controller.kind, controller.model.as_deref()) {
            (ControllerKind::Fdc | ControllerKind::Isa, _) => Some(Home::Isa),
            (ControllerKind::Scsi, Some("ncr53c90")) | (ControllerKind::Usb, Some("none")) => {
                Some(Home::Board)
            }
            (ControllerKind::Xenbus, _) => Some(Home::Board),
            _ => None,
        },
        Kind::Chardev(chardev)
            if matches!(device.class(), DeviceClass::Serial | DeviceClass::Console) =>
        {
            match chardev.target_type.as_deref() {
                None | Some("isa" | "serial") => serial_home(machine),
                Some(target) => row(device.class(), target),
            }
        }
        Kind::Disk(disk) => match disk.bus.as_deref() {
            Some("sd" | "xen" | "uml") => Some(Home::Board),
            _ => None,
        },
        Kind::Hostdev(hostdev) => match (hostdev.mode.as_deref(), hostdev.model.as_deref()) {
            (Some("capabilities"), _) | (_, Some("vfio-ap")) => Some(Home::Board),
            _ => None,
        },
        Kind::Chardev(_) | Kind::Video(_) | Kind::Memory(_) | Kind::Plain(_) => {
            row(device.class(), device.variant().unwrap_or_default())
        }
        Kind::Filesystem(_) | Kind::Interface(_) | Kind::Qemu(_) => None,
    }
}

/// A serial port whose type is left open is the machine's own
/// (`qemu_domain.c: qemuDomainChrDefaultDefPostParse...`).
fn serial_home(machine: Machine) -> Option<Home> {
    match machine.kind {
        MachineKind::Pseries => None,
        _ if machine.arch.is_x86() => Some(Home::Isa),
        _ => Some(Home::Board),
    }
}

fn row(class: DeviceClass, word: &str) -> Option<Home> {
    HOMES.iter().find(|row| row.0 == class && (row.1 == "*" || row.1 == word)).map(|row| row.2)
}
