//! Many PCI Express ports with nothing in them.

use std::collections::HashSet;

use crate::check::evidence::Evidence;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, ControllerIndex, ControllerKind, PciModel, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ManyEmptyPorts,
    severity: Severity::Note,
    stage: Stage::Check(find),
    summary: "many PCI Express ports with nothing in them",
    about: "Every port costs firmware time and address space at each boot; some firmware runs out of I/O \
              space beyond a few dozen.",
    machine: "q35",
    wrong: "<controller type='pci' index='40' model='pcie-root-port'/>",
    right: "<controller type='pci' index='10' model='pcie-root-port'/>",
    fixes: None,
};

/// The number of empty ports from which on they are reported.
const MANY: usize = 32;

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let taken: HashSet<ControllerIndex> =
        evidence.assigned.devices.iter().filter_map(|device| Some(device.pci()?.bus)).collect();
    let empty = evidence.controllers(ControllerKind::Pci).filter(|(_, controller)| {
        controller.pci_model() == Some(PciModel::PcieRootPort)
            && controller.index.is_some_and(|index| !taken.contains(&index))
    });
    let count = empty.count();
    if count >= MANY {
        let problem = RULE
            .problem(format!("{count} root ports are empty"))
            .helping("keep a few for hot-plug and remove the others");
        found.push(problem.at(evidence.whole()));
    }
}
