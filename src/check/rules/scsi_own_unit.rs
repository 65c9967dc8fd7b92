//! A disk on the unit that an lsilogic controller keeps for itself.

use crate::check::evidence::{Evidence, disks};
use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::{Address, ControllerKind, Problem, Severity};
use crate::topology::drive_kind;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "scsi-own-unit",
    severity: Severity::Warning,
    at_start: false,
    summary: "a disk on the unit that an lsilogic controller keeps for itself",
    about: "The adapter has SCSI id 7. libvirt and QEMU accept a disk there; guests do not find it.",
    machine: "pc",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='scsi'/><address type='drive' controller='0' bus='0' target='0' unit='7'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='scsi'/><address type='drive' controller='0' bus='0' target='0' unit='6'/></disk>",
    find: Some(find),
    mend: Some(mend::drive),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (device, disk) in disks(evidence.assigned) {
        let Some(at) = device.value().and_then(Address::drive) else { continue };
        let is_own = at.unit == 7
            && drive_kind(disk) == Some(ControllerKind::Scsi)
            && evidence.model_of(ControllerKind::Scsi, at.controller) == Some("lsilogic");
        if is_own {
            let problem = RULE
                .problem(format!("{at}: unit 7 is the lsilogic controller's own"))
                .helping("choose another unit, or a virtio-scsi controller");
            found.push(evidence.on(problem, device));
        }
    }
}
