//! A PCI controller that no other takes, and libvirt adds none for it.

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, ControllerKind, Fix, Problem, Severity};

/// The rule, found by `topology::pci::no_controller`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciNoPlace,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "a PCI controller that no other takes, and libvirt adds none for it",
    about: "libvirt adds bridges and root ports for endpoints, but nothing for another controller.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pcie-switch-downstream-port'/>",
    right: "<controller type='pci' index='1' model='pcie-root-port'/>",
    mend: Some(mend),
};

fn mend(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let mut fixes = Vec::new();
    if evidence.is_express() {
        let index = mend::free_index(evidence, ControllerKind::Pci);
        fixes.push(mend::add_controller(ControllerKind::Pci, index, Some("pcie-root-port")));
    }
    fixes.extend(mend::make_root_ports(evidence, problem));
    fixes.extend(mend::let_choose_or_remove(evidence, problem));
    fixes
}
