//! A floppy on another bus than fdc, or a disk on fdc.

use crate::check::evidence::{Evidence, disks};
use crate::check::fixes;
use crate::check::rule::{Rule, Stage, quoted};
use crate::machine::disk_bus;
use crate::model::{Change, Code, Fix, Kind, Part, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::FloppyBus,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a floppy on another bus than fdc, or a disk on fdc",
    about: "Floppies are on the floppy controller (fdc), and other disks are not.",
    machine: "pc",
    wrong: "<disk type='file' device='floppy'><source file='/a'/><target dev='fda' bus='sata'/></disk>",
    right: "<disk type='file' device='floppy'><source file='/a'/><target dev='fda' bus='fdc'/></disk>",
    fixes: Some(find_fixes),
};

/// Source: `domain_validate.c: virDomainDiskDefValidate`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (device, disk) in disks(evidence.domain) {
        let is_floppy = disk.device.as_deref() == Some("floppy");
        let bus = disk_bus(disk);
        if is_floppy == (bus == "fdc") {
            continue;
        }
        let kind = if is_floppy { "floppy disk" } else { "disk" };
        let problem = RULE
            .problem(format!("a {kind} cannot be on bus {}", quoted(bus)))
            .quoting(format!("internal error: Invalid bus type {} for {kind}", quoted(bus)))
            .helping("only floppies are on fdc");
        found.push(evidence.on_attribute(problem, device, ("target", "bus")));
    }
}

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    fixes::written(evidence, problem)
        .filter_map(|device| {
            let Kind::Disk(disk) = &device.kind else { return None };
            let bus = if disk.device.as_deref() == Some("floppy") { "fdc" } else { "sata" };
            let change = fixes::set(device.key(), Part::Child("target"), "bus", bus);
            let moved = match device.address.as_ref().and_then(|address| address.span) {
                Some(_) => Change::Batch(vec![change, Change::RemoveAddress(device.key())]),
                None => change,
            };
            Some(Fix::new(format!("put it on bus {bus}"), moved))
        })
        .collect()
}
