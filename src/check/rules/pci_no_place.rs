//! A PCI controller that no bus accepts, and libvirt adds none for it.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, ControllerKind, Fix, Problem, Severity};

/// Found by `topology::pci::no_controller`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciNoPlace,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "a PCI controller that no bus accepts, and libvirt adds none for it",
    about: "libvirt adds bridges and root ports for endpoints, but nothing for another controller.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pcie-switch-downstream-port'/>",
    right: "<controller type='pci' index='1' model='pcie-root-port'/>",
    fixes: Some(find_fixes),
};

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let mut fixes = Vec::new();
    if evidence.is_express() {
        let index = fixes::free_index(evidence, ControllerKind::Pci);
        fixes.push(fixes::add_controller(ControllerKind::Pci, index, Some("pcie-root-port")));
    }
    fixes.extend(fixes::make_root_ports(evidence, problem));
    fixes.extend(fixes::let_choose_or_remove(evidence, problem));
    fixes
}
