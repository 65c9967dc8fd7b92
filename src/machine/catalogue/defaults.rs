//! The words that libvirt fills in for a device whose element leaves them open.

use crate::machine::{Feature, Machine, MachineKind};
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

/// The model of a SCSI controller where neither the document nor the machine says one.
pub const OPEN_SCSI_MODEL: &str = "lsilogic";

/// The model of a SCSI controller that has none written, beside no other controller.
pub fn scsi_model(machine: Machine) -> &'static str {
    own_scsi_model(machine).unwrap_or(OPEN_SCSI_MODEL)
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
