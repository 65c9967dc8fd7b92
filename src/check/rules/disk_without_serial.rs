//! SCSI disks without a serial.

use crate::check::evidence::{Evidence, disks};
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, ControllerKind, Device, Problem, Severity};
use crate::topology::drive_kind;

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::DiskWithoutSerial,
    severity: Severity::Note,
    stage: Stage::Check(find),
    summary: "SCSI disks without a serial",
    about: "Without <serial> or <wwn> a guest can identify SCSI disks by their places only. \
            After a move, mounts by id have to be checked.",
    machine: "q35",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='scsi'/></disk>
<disk type='file' device='disk'><source file='/b'/><target dev='sdb' bus='scsi'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='scsi'/><serial>d1</serial></disk>
<disk type='file' device='disk'><source file='/b'/><target dev='sdb' bus='scsi'/></disk>",
    fixes: None,
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let nameless = disks(evidence.domain).filter(|(device, disk)| {
        let is_disk = disk.device.as_deref().is_none_or(|device| device == "disk");
        is_disk
            && drive_kind(disk) == Some(ControllerKind::Scsi)
            && disk.serial.is_none()
            && evidence.element(device).is_some_and(|element| element.child("wwn").is_none())
    });
    let nameless: Vec<&Device> = nameless.map(|(device, _)| device).collect();
    if nameless.len() < 2 {
        // A single disk cannot be confused with another.
        return;
    }
    let problem = RULE
        .problem(format!("{} SCSI disks have neither <serial> nor <wwn>", nameless.len()))
        .helping("write <serial> in each, with any word of up to 36 letters");
    found.push(
        nameless.into_iter().fold(problem, |problem, disk| problem.on(disk.key()).at(disk.tag())),
    );
}
