//! A disk on the SCSI id of its controller.

use crate::check::evidence::{DrivePlace, Evidence};
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::Addressing;
use crate::model::{Code, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ScsiOwnUnit,
    severity: Severity::Warning,
    stage: Stage::Check(find),
    summary: "a disk on the SCSI id of its controller",
    about: "lsilogic, am53c974, dc390 and ncr53c90 have id 7, which libvirt writes as unit 7; \
            lsisas1068 has id 8, a target. libvirt and QEMU accept a disk there; guests do not \
            find it.",
    machine: "pc",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='scsi'/><address type='drive' controller='0' bus='0' target='0' unit='7'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='scsi'/><address type='drive' controller='0' bus='0' target='0' unit='6'/></disk>",
    fixes: Some(fixes::drive),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (device, DrivePlace { model, drives, at, .. }) in evidence.drive_places() {
        if !drives.is_own(at.target, at.unit) || drives.refused_by_qemu(at).is_some() {
            continue;
        }
        let (word, number) = match drives.addressing {
            Addressing::TargetAndLun => ("target", at.target),
            Addressing::UnitIsScsiId => ("unit", at.unit),
        };
        let problem = RULE
            .problem(format!("{at}: {word} {number} is the {model} controller's own"))
            .helping(format!("choose another {word}, or a virtio-scsi controller"));
        found.push(evidence.on(problem, device));
    }
}
