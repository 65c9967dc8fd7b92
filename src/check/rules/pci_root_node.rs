//! PCI controller 0 on a NUMA node.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, ControllerKind, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciRootNode,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "PCI controller 0 on a NUMA node",
    about: "The first root belongs to the whole machine; only expanders and further host \
            bridges have nodes.",
    machine: "pseries",
    wrong: "<cpu><numa><cell id='0' cpus='0' memory='1048576'/></numa></cpu><devices><controller type='pci' index='0' model='pci-root'><target><node>0</node></target></controller></devices>",
    right: "<cpu><numa><cell id='0' cpus='0' memory='1048576'/></numa></cpu><devices><controller type='pci' index='1' model='pci-root'><target><node>0</node></target></controller></devices>",
    fixes: Some(fixes::remove),
};

/// Source: `domain_validate.c: virDomainControllerDefValidate`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (device, assigned) in evidence.pairs() {
        let Some(controller) = assigned.controller() else { continue };
        let is_first = controller.kind == ControllerKind::Pci
            && controller.index.is_some_and(|index| index.0 == 0);
        if is_first && controller.target.node.is_some() {
            let problem = RULE
                .problem("PCI controller 0 belongs to no NUMA node")
                .quoting(
                    "unsupported configuration: The PCI controller with index=0 can't be associated \
                     with a NUMA node",
                )
                .helping("remove <node>, or give it to another controller");
            found.push(evidence.on_attribute(problem, device, ("target", "")));
        }
    }
}
