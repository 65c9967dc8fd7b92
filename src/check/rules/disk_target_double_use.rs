//! Two disks with one target name.

use std::collections::HashMap;

use crate::check::evidence::{Evidence, disks};
use crate::check::fixes;
use crate::check::rule::{Rule, Stage, quoted};
use crate::model::{Code, Device, Disk, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::DiskTargetDoubleUse,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "two disks with one target name",
    about: "The name identifies a disk of a guest, whatever bus it is on.",
    machine: "pc",
    wrong:
        "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/></disk>
<disk type='file' device='disk'><source file='/b'/><target dev='sda' bus='usb'/></disk>",
    right:
        "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/></disk>
<disk type='file' device='disk'><source file='/b'/><target dev='sdb' bus='usb'/></disk>",
    fixes: Some(fixes::rename_disk),
};

/// Source: `domain_conf.c: virDomainDiskDefCheckDuplicateInfo`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let mut known: HashMap<&str, (&Device, &Disk)> = HashMap::new();
    for (device, disk) in disks(evidence.domain) {
        let Some(target) = disk.target.as_deref() else { continue };
        let Some((first, other)) = known.get(target).copied() else {
            known.insert(target, (device, disk));
            continue;
        };
        let source = |disk: &Disk| quoted(disk.shown_source().as_deref().unwrap_or("(null)"));
        let problem = RULE
            .problem(format!("two disks have the name {}", quoted(target)))
            .quoting(format!(
                "XML error: target {} duplicated for disk sources {} and {}",
                quoted(target),
                source(other),
                source(disk)
            ))
            .helping("give one of them another name");
        let problem = evidence.on_attribute(problem, device, ("target", "dev"));
        found.push(evidence.on_attribute(problem, first, ("target", "dev")));
    }
}
