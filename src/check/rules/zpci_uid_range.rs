//! A zPCI uid of 0 or above 0xffff.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Address, Change, Code, Fix, Part, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ZpciUidRange,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a zPCI uid of 0 or above 0xffff",
    about: "A uid has 16 bits and is not 0.",
    machine: "s390",
    wrong: "<memballoon model='virtio'><address type='pci' ><zpci uid='0x0' fid='0x1'/></address></memballoon>",
    right: "<memballoon model='virtio'><address type='pci' ><zpci uid='0x1' fid='0x1'/></address></memballoon>",
    fixes: Some(find_fixes),
};

/// Source: `device_conf.c: virZPCIDeviceAddressIsValid`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for device in evidence.domain.devices.iter().filter(|_| evidence.domain.arch.is_s390()) {
        let Some(Address::Pci(pci)) = device.address() else { continue };
        let Some(uid) = pci.zpci.uid.filter(|uid| !(1..=0xffff).contains(uid)) else { continue };
        let problem = RULE
            .problem(format!("uid {uid:#x} is not between 1 and 0xffff"))
            .quoting(format!(
                "XML error: Invalid PCI address uid='0x{uid:04x}', must be > 0x0000 and <= 0xffff"
            ))
            .helping("choose another uid, or leave it to libvirt");
        found.push(evidence.on(problem, device));
    }
}

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let zpci = Part::Grandchild("address", "zpci");
    fixes::written(evidence, problem)
        .map(|device| {
            let gone = ["uid", "fid"].map(|name| fixes::unset(device.key(), zpci, name));
            let title = format!("remove uid and fid of {}", fixes::name(device));
            Fix::new(title, Change::Batch(gone.into()))
        })
        .chain(fixes::let_choose(evidence, problem))
        .collect()
}
