//! A drive address that libvirt does not take for its kind of controller.

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::address::DriveAddress;
use crate::model::{ControllerKind, Device, Kind, Problem, Severity};
use crate::topology::drive_kind;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "drive-out-of-range",
    severity: Severity::Error,
    at_start: false,
    summary: "a drive address that libvirt does not take for its kind of controller",
    about: "SCSI, SATA and floppy controllers have one bus; targets are for SCSI, and not for lsilogic; \
              IDE and floppy have one controller.",
    machine: "pc",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><address type='drive' controller='0' bus='0' target='1' unit='0'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='1'/></disk>",
    find: Some(find),
    mend: Some(mend::drive),
};

/// `qemu_validate.c: qemuValidateDomainDeviceDefAddressDrive`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for device in &evidence.assigned.devices {
        let Some((kind, at)) = place(device) else { continue };
        let lsilogic = || {
            kind == ControllerKind::Scsi
                && evidence.model_of(kind, at.controller) == Some("lsilogic")
        };
        // In libvirt's order: what is wrong, and its words for it.
        let (what, words) = match kind {
            ControllerKind::Scsi if at.bus != 0 => (
                "a SCSI controller has one bus, 0",
                "internal error: SCSI controller only supports 1 bus",
            ),
            ControllerKind::Scsi if at.target != 0 && lsilogic() => (
                "an lsilogic controller has one target, 0",
                "unsupported configuration: target must be 0 for controller model 'lsilogic'",
            ),
            ControllerKind::Ide if at.controller != 0 => (
                "there is one IDE controller, 0",
                "internal error: Only 1 IDE controller is supported",
            ),
            ControllerKind::Ide if at.target != 0 => (
                "an IDE controller has one target, 0",
                "unsupported configuration: target must be 0 for ide controller",
            ),
            ControllerKind::Fdc if at.controller != 0 => (
                "there is one floppy controller, 0",
                "internal error: Only 1 fdc controller is supported",
            ),
            ControllerKind::Fdc if at.bus != 0 => (
                "a floppy controller has one bus, 0",
                "internal error: Only 1 fdc bus is supported",
            ),
            ControllerKind::Fdc if at.target != 0 => (
                "a floppy controller has one target, 0",
                "unsupported configuration: target must be 0 for controller fdc",
            ),
            ControllerKind::Sata if at.bus != 0 => (
                "a SATA controller has one bus, 0",
                "unsupported configuration: bus must be 0 for sata controller",
            ),
            ControllerKind::Sata if at.target != 0 => (
                "a SATA controller has one target, 0",
                "unsupported configuration: target must be 0 for sata controller",
            ),
            _ => continue,
        };
        let problem = RULE
            .problem(format!("{at}: {what}"))
            .quoting(words)
            .helping("choose a place the controller has, or remove the address");
        found.push(evidence.on(problem, device));
    }
}

/// The controller kind and drive address of a disk or SCSI host device.
fn place(device: &Device) -> Option<(ControllerKind, DriveAddress)> {
    let at = device.value()?.drive()?;
    let kind = match &device.kind {
        Kind::Disk(disk) => drive_kind(disk)?,
        Kind::Hostdev(hostdev) if hostdev.backend.as_deref() == Some("scsi") => {
            ControllerKind::Scsi
        }
        _ => return None,
    };
    Some((kind, at))
}
