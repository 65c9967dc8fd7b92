//! A root controller with an address.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, PciModel, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciRootAddress,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a root controller with an address",
    about: "pci-root and pcie-root are the machine's own buses and have no address.",
    machine: "q35",
    wrong: "<controller type='pci' index='0' model='pcie-root'><address type='pci' slot='0x05'/></controller>",
    right: "<controller type='pci' index='0' model='pcie-root'/>",
    fixes: Some(fixes::let_choose),
};

/// Source: `domain_validate.c: virDomainControllerDefValidate`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (device, controller) in evidence.domain.controllers() {
        let is_root = controller.pci_model().is_some_and(PciModel::is_root);
        if is_root && Evidence::kind(device).is_some() {
            let problem = RULE
                .problem(format!("{} is a root bus and must have no address", device.title()))
                .quoting(
                    "unsupported configuration: pci-root and pcie-root controllers should not have \
                     an address",
                )
                .helping("remove the address");
            found.push(evidence.on(problem, device));
        }
    }
}
