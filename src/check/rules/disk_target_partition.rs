//! A disk whose target name ends in a number.

use crate::check::evidence::{Evidence, disks};
use crate::check::fixes;
use crate::check::rule::{Rule, Stage, quoted};
use crate::model::{Code, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::DiskTargetPartition,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a disk whose target name ends in a number",
    about: "A target name is for a whole disk: vda, not vda1. vda0 is accepted, vda00 is not.",
    machine: "pc",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='vda1' bus='virtio'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='vda0' bus='virtio'/></disk>",
    fixes: Some(fixes::rename_disk),
};

/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefDiskFrontend`, `virutil.c:
/// virDiskNameParse`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (device, disk) in disks(evidence.domain) {
        let Some(target) = disk.target.as_deref() else { continue };
        let Some(digits) = partition(target).filter(|digits| *digits != "0") else { continue };
        let name = quoted(target);
        let quote = if digits.starts_with('0') {
            format!("unsupported configuration: invalid disk target {name}")
        } else {
            format!(
                "unsupported configuration: invalid disk target {name}, partitions can't appear in \
                 disk targets"
            )
        };
        let problem = RULE
            .problem(format!("{name} names a partition, not a disk"))
            .quoting(quote)
            .helping("leave the number out");
        found.push(evidence.on_attribute(problem, device, ("target", "dev")));
    }
}

/// The digits a disk's name ends in; `None` when it has another form.
fn partition(target: &str) -> Option<&str> {
    let rest = PREFIXES.iter().find_map(|prefix| target.strip_prefix(prefix))?;
    let digits = rest.trim_start_matches(|c: char| c.is_ascii_lowercase());
    let plain = digits.len() < rest.len() && digits.bytes().all(|byte| byte.is_ascii_digit());
    (plain && !digits.is_empty()).then_some(digits)
}

const PREFIXES: &[&str] = &["fd", "hd", "vd", "sd", "xvd", "ubd"];
