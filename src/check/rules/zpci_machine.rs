//! ZPCI ids on a machine without zPCI.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Address, Code, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ZpciMachine,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "zPCI ids on a machine without zPCI",
    about: "Only IBM Z guests identify PCI functions by uid and fid.",
    machine: "pc",
    wrong: "<memballoon model='virtio'><address type='pci' slot='0x05'><zpci uid='0x1' fid='0x1'/></address></memballoon>",
    right: "<memballoon model='virtio'><address type='pci' slot='0x05'/></memballoon>",
    fixes: Some(fixes::let_choose),
};

/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefZPCIAddress`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    if evidence.domain.arch.is_s390() {
        return;
    }
    for device in &evidence.domain.devices {
        let Some(Address::Pci(pci)) = device.address() else { continue };
        if !pci.zpci.is_empty() {
            let problem = RULE
                .problem("zPCI ids are for IBM Z guests")
                .quoting("unsupported configuration: This QEMU binary doesn't support zPCI")
                .helping("remove <zpci>");
            found.push(evidence.on(problem, device));
        }
    }
}
