//! PCI controller 0 is not the root that the machine has.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, ControllerIndex, ControllerKind, Fix, PciModel, Problem, Severity};

/// Found by `assign::defaults::check_root`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciRootModel,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "PCI controller 0 is not the root that the machine has",
    about: "Controller 0 of an i440FX machine is pci-root, of q35 and ARM virt pcie-root. A \
            bridge or port without index= gets index 0 and is refused for the same reason.",
    machine: "q35",
    wrong: "<controller type='pci' index='0' model='pci-root'/>",
    right: "<controller type='pci' index='0' model='pcie-root'/>",
    fixes: Some(find_fixes),
};

/// The root written where a controller without an index of its own took the root's.
fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let takes_it = fixes::written(evidence, problem).any(|device| {
        let element = evidence.element(device);
        element.is_some_and(|element| element.attribute("index").is_none())
    });
    let root = evidence.machine().root().filter(|_| takes_it);
    let add = |root: PciModel| {
        fixes::add_controller(ControllerKind::Pci, ControllerIndex(0), Some(root.as_str()))
    };
    root.map(add).into_iter().chain(fixes::other_index(evidence, problem)).collect()
}
