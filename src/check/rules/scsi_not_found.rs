//! A SCSI place that QEMU accepts and its controller does not scan.

use crate::check::evidence::{DrivePlace, Evidence};
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ScsiNotFound,
    severity: Severity::Warning,
    stage: Stage::Check(find),
    summary: "a SCSI place that QEMU accepts and its controller does not scan",
    about: "An lsisas1078 (QEMU's megasas) scans targets 0 to 63, unit 0. QEMU also starts \
            with target 64 and with units up to 255, and the guest finds no disk there.",
    machine: "pc",
    wrong: "<controller type='scsi' index='0' model='lsisas1078'/>
<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='scsi'/><address type='drive' controller='0' bus='0' target='0' unit='1'/></disk>",
    right: "<controller type='scsi' index='0' model='lsisas1078'/>
<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='scsi'/><address type='drive' controller='0' bus='0' target='1' unit='0'/></disk>",
    fixes: Some(fixes::drive),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (device, DrivePlace { model, drives, at, .. }) in evidence.drive_places() {
        if !drives.is_lost(at) {
            continue;
        }
        let (target, unit) = drives.last_scsi_id();
        let problem = RULE
            .problem(format!("{at}: the guest does not find a disk there"))
            .helping(format!(
                "choose one of targets 0 to {target} and units 0 to {unit} of the {model} controller"
            ));
        found.push(evidence.on(problem, device));
    }
}
