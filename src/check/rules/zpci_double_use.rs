//! A zPCI uid or fid that is used twice.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Change, Code, Fix, Part, Problem, Severity};

/// Found by `assign::zpci::Ids::reserve`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ZpciDoubleUse,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a zPCI uid or fid that is used twice",
    about: "An IBM Z guest identifies a PCI function by its uid and fid, not by its bus and slot.",
    machine: "s390",
    wrong: "<hostdev mode='subsystem' type='pci'><source><address domain='0x0001' bus='0x00' slot='0x00' function='0x0'/></source><address type='pci'><zpci uid='0x5' fid='0x1'/></address></hostdev>
<hostdev mode='subsystem' type='pci'><source><address domain='0x0002' bus='0x00' slot='0x00' function='0x0'/></source><address type='pci'><zpci uid='0x5' fid='0x2'/></address></hostdev>",
    right: "<hostdev mode='subsystem' type='pci'><source><address domain='0x0001' bus='0x00' slot='0x00' function='0x0'/></source><address type='pci'><zpci uid='0x5' fid='0x1'/></address></hostdev>
<hostdev mode='subsystem' type='pci'><source><address domain='0x0002' bus='0x00' slot='0x00' function='0x0'/></source><address type='pci'><zpci uid='0x6' fid='0x2'/></address></hostdev>",
    fixes: Some(find_fixes),
};

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let zpci = Part::Grandchild("address", "zpci");
    fixes::written(evidence, problem)
        .map(|device| {
            let gone = ["uid", "fid"].map(|name| fixes::unset(device.key(), zpci, name));
            let title = format!("let libvirt choose uid and fid of {}", fixes::name(device));
            Fix::new(title, Change::Batch(gone.into()))
        })
        .chain(fixes::let_choose(evidence, problem))
        .collect()
}
