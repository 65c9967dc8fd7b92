//! A target name that libvirt refuses for this kind of drive.

use crate::check::evidence::{Evidence, disks};
use crate::check::fixes;
use crate::check::rule::{Rule, Stage, quoted};
use crate::model::{Code, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::DiskTargetName,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a target name that libvirt refuses for this kind of drive",
    about: "Names of hard disks begin with hd, sd, vd, xvd or ubd, those of floppies with fd.",
    machine: "pc",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='fda' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='hda' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>",
    fixes: Some(fixes::rename_disk),
};

/// Source: `domain_validate.c: virDomainDiskDefValidate`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (device, disk) in disks(evidence.domain) {
        let Some(target) = disk.target.as_deref() else { continue };
        let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| target.starts_with(prefix));
        let (fits, kind) = match disk.device.as_deref().unwrap_or("disk") {
            "floppy" => (begins(&["fd"]), "floppy"),
            "disk" | "lun" => (begins(&["hd", "sd", "vd", "xvd", "ubd", "nvme"]), "harddisk"),
            _ => continue,
        };
        // Without an address an impossible name is reported when libvirt numbers the disks.
        let numbered = device.address.is_some() || begins(&["fd", "hd", "sd", "vd", "xvd", "ubd"]);
        if fits || !numbered {
            continue;
        }
        let problem = RULE
            .problem(format!("{} is no name for a {kind}", quoted(target)))
            .quoting(format!(
                "internal error: Invalid {kind} device name: {}",
                crate::text::Printable::new(target)
            ))
            .helping("name it by its bus, such as sda, vda or fda");
        found.push(evidence.on_attribute(problem, device, ("target", "dev")));
    }
}
