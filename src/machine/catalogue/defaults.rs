//! Attribute values that libvirt fills in when an element does not have them.

use crate::machine::{Feature, Machine, MachineKind};
use crate::model::{Arch, Device, Interface, Plain};

/// The serial port that is a part of the board.
pub(super) const OWN_SERIAL: &str = "system-serial";

/// Whether libvirt treats the machine's virtio devices and serial ports like those of a `virt`
/// machine.
fn is_virt(machine: Machine) -> bool {
    matches!(
        machine.kind,
        MachineKind::ArmVirt | MachineKind::RiscvVirt | MachineKind::LoongarchVirt
    )
}

/// The target type of a serial port; `None` where libvirt leaves it open.
///
/// Source: `qemu_postparse.c: qemuDomainChrTargetDefPostParse`.
pub fn serial_target(machine: Machine) -> Option<&'static str> {
    Some(match machine.kind {
        _ if machine.arch.is_x86() => "isa-serial",
        MachineKind::Pseries => "spapr-vio-serial",
        _ if is_virt(machine) => OWN_SERIAL,
        _ if machine.arch.is_s390() => "sclp-serial",
        _ => return None,
    })
}

/// Whether the type of a serial port or console depends on the machine.
pub(super) fn is_open_port(device: &Device) -> bool {
    let target = device.chardev().map(|chardev| chardev.target_type.as_deref());
    matches!(target, Some(None | Some("isa" | "serial")))
}

/// The model that a SCSI controller without one has on this machine; `None` where other controllers
/// of the guest decide, and lsilogic where none of them has a model.
///
/// Source: `qemu_domain.c: qemuDomainDefaultSCSIControllerModel`.
pub fn own_scsi_model(machine: Machine) -> Option<&'static str> {
    match machine.kind {
        MachineKind::Pseries => Some("ibmvscsi"),
        MachineKind::LoongarchVirt => Some("virtio-scsi"),
        MachineKind::ArmVirt | MachineKind::RiscvVirt if machine.has(Feature::VirtioScsiOnVirt) => {
            Some("virtio-scsi")
        }
        _ if machine.arch.is_s390() => Some("virtio-scsi"),
        _ => None,
    }
}

/// The model of a SCSI controller if neither the document nor the machine determines one.
pub const OPEN_SCSI_MODEL: &str = "lsilogic";

/// The model of a SCSI controller that has none written, beside no other controller.
pub fn scsi_model(machine: Machine) -> &'static str {
    own_scsi_model(machine).unwrap_or(OPEN_SCSI_MODEL)
}

/// The model of a NIC; `None` for a host device.
///
/// Source: `qemu_domain.c: qemuDomainDefaultNetModel`, `qemuDomainDeviceNetDefPostParse`.
pub fn net_model(interface: &Interface, machine: Machine) -> Option<&'static str> {
    Some(match interface.backend.as_deref() {
        Some("hostdev") => return None,
        Some("vdpa" | "vhostuser") => "virtio",
        _ if machine.arch.is_s390() || is_virt(machine) => "virtio",
        _ if machine.kind == MachineKind::Versatilepb => "scm91c111",
        _ if machine.arch.is_arm() => "lan9118",
        _ => "rtl8139",
    })
}

/// The model of a video device.
///
/// Source: `qemu_postparse.c: qemuDomainDefaultVideoDevice`.
pub fn video_model(machine: Machine) -> &'static str {
    match machine {
        _ if machine.arch.is_ppc64() => "vga",
        _ if machine.arch.is_s390() || is_virt(machine) => "virtio",
        _ => "cirrus",
    }
}

/// The model of a USB controller of a guest that is defined anew, or else read as it was saved;
/// `None` where it stays open.
///
/// Source: `qemu_domain.c: qemuDomainDefaultUSBControllerModel`,
/// `qemuDomainDefaultUSBControllerModelAutoAdded`.
pub fn usb_model(machine: Machine, is_new: bool, has_address: bool) -> Option<&'static str> {
    Some(match machine.arch {
        // With an address it stays open: QEMU has no controller that libvirt would choose.
        arch if arch.is_s390() && has_address && !machine.has(Feature::UsbModelOfArch) => {
            return None;
        }
        arch if arch.is_s390() => "none",
        arch if arch.is_ppc64() && is_new => "qemu-xhci",
        arch if arch.is_ppc64() => "pci-ohci",
        Arch::Aarch64 | Arch::Loongarch64 => "qemu-xhci",
        arch if arch.is_x86() || !machine.has(Feature::UsbModelOfArch) => "piix3-uhci",
        arch if arch.is_arm() || arch.is_riscv() => "qemu-xhci",
        _ => "pci-ohci",
    })
}

/// The model of a panic device; `None` where it stays open.
///
/// Source: `qemu_postparse.c: qemuDomainDevicePanicDefPostParse`.
pub fn panic_model(machine: Machine) -> Option<&'static str> {
    Some(match machine.kind {
        MachineKind::Pseries => "pseries",
        MachineKind::ArmVirt => "pvpanic",
        _ if machine.arch.is_s390() => "s390",
        _ if machine.arch.is_x86() => "isa",
        _ => return None,
    })
}

/// The model of a TPM.
///
/// Source: `qemu_postparse.c: qemuDomainDeviceTPMDefPostParse`.
pub fn tpm_model(machine: Machine) -> &'static str {
    if machine.arch.is_ppc64() { "tpm-spapr" } else { "tpm-tis" }
}

/// The bus of an input device: as written, else the machine's.
///
/// Source: `domain_postparse.c: virDomainInputDefPostParse`.
pub fn input_bus(input: &Plain, machine: Machine) -> Option<&str> {
    match (input.bus.as_deref(), input.kind.as_deref()) {
        (Some(bus), _) => Some(bus),
        (None, Some("evdev")) => None,
        (None, Some("mouse" | "keyboard")) if machine.arch.is_x86() => Some("ps2"),
        (None, Some("passthrough")) => Some("virtio"),
        (None, _) if machine.arch.is_s390() => Some("virtio"),
        _ => Some("usb"),
    }
}
