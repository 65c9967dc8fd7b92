//! PCI controller 0 is not the root that the machine has.

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, ControllerIndex, ControllerKind, Fix, PciModel, Problem, Severity};

/// The rule, found by `assign::defaults::check_root`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciRootModel,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "PCI controller 0 is not the root that the machine has",
    about: "An i440FX machine begins with pci-root, q35 and ARM virt with pcie-root. A bridge or port \
              without index= takes index 0 and is refused for the same reason.",
    machine: "q35",
    wrong: "<controller type='pci' index='0' model='pci-root'/>",
    right: "<controller type='pci' index='0' model='pcie-root'/>",
    mend: Some(mend),
};

/// The root written where a controller without an index of its own took the root's.
fn mend(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let takes_it = mend::written(evidence, problem).any(|device| {
        let element = evidence.element(device);
        element.is_some_and(|element| element.attribute("index").is_none())
    });
    let root = evidence.machine().root().filter(|_| takes_it);
    let add = |root: PciModel| {
        mend::add_controller(ControllerKind::Pci, ControllerIndex(0), Some(root.word()))
    };
    root.map(add).into_iter().chain(mend::other_index(evidence, problem)).collect()
}
