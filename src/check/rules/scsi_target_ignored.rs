//! A SCSI target on a controller that libvirt addresses by unit alone.

use crate::check::evidence::{DrivePlace, Evidence};
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ScsiTargetIgnored,
    severity: Severity::Warning,
    stage: Stage::Check(find),
    summary: "a SCSI target on a controller that libvirt addresses by unit alone",
    about: "On am53c974, dc390 and ncr53c90 controllers the unit is the SCSI id. libvirt \
            accepts a target and does not pass it to QEMU, so that disks which only differ in \
            their target get one id.",
    machine: "pc",
    wrong: "<controller type='scsi' index='0' model='am53c974'/>
<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='scsi'/><address type='drive' controller='0' bus='0' target='3' unit='0'/></disk>",
    right: "<controller type='scsi' index='0' model='am53c974'/>
<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='scsi'/><address type='drive' controller='0' bus='0' target='0' unit='3'/></disk>",
    fixes: Some(fixes::drive),
};

/// Source: `qemu_command.c: qemuBuildDeviceAddresDriveProps`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (device, DrivePlace { model, drives, at, .. }) in evidence.drive_places() {
        if !drives.ignores_target(at) {
            continue;
        }
        let problem = RULE
            .problem(format!(
                "{at}: the {model} controller gets unit {} as SCSI id, and no target",
                at.unit
            ))
            .helping("write the SCSI id as unit, and target 0");
        found.push(evidence.on(problem, device));
    }
}
