//! The words that libvirt fills in for a device whose element leaves them open.

use crate::machine::{Machine, MachineKind};
use crate::model::{Device, Plain};

/// The serial port that is a part of the board.
pub(super) const OWN_SERIAL: &str = "system-serial";

/// Whether libvirt takes the machine's virtio devices and serial ports, as on the `virt` machines.
pub fn is_virt(machine: Machine) -> bool {
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

/// Whether a serial port or console leaves its type to the machine.
pub(super) fn is_open_port(device: &Device) -> bool {
    let target = device.chardev().map(|chardev| chardev.target_type.as_deref());
    matches!(target, Some(None | Some("isa" | "serial")))
}

/// The model of a SCSI controller.
///
/// Source: `qemu_domain.c: qemuDomainDefaultSCSIControllerModel`.
pub fn scsi_model(machine: Machine) -> &'static str {
    match machine.kind {
        MachineKind::Pseries => "ibmvscsi",
        MachineKind::LoongarchVirt => "virtio-scsi",
        _ if machine.arch.is_s390() => "virtio-scsi",
        _ => "lsilogic",
    }
}

/// The bus of an input device: its own word, or the machine's.
///
/// Source: `domain_postparse.c: virDomainInputDefPostParse`.
pub fn input_bus(input: &Plain, machine: Machine) -> Option<&str> {
    match (input.bus.as_deref(), input.variety.as_deref()) {
        (Some(bus), _) => Some(bus),
        (None, Some("evdev")) => None,
        (None, Some("mouse" | "keyboard")) if machine.arch.is_x86() => Some("ps2"),
        (None, Some("passthrough")) => Some("virtio"),
        (None, _) if machine.arch.is_s390() => Some("virtio"),
        _ => Some("usb"),
    }
}
