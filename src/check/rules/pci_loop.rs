//! PCI controllers whose addresses form a loop.

use std::collections::{HashMap, HashSet};

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{
    Code, Controller, ControllerIndex, ControllerKind, Device, Fix, PciModel, Problem, Severity,
};
use crate::topology::Unplaced;

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciLoop,
    severity: Severity::Error,
    stage: Stage::Start(find),
    summary: "PCI controllers whose addresses form a loop",
    about: "libvirt accepts controllers with such addresses; QEMU finds none of their \
            buses and refuses to start.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pcie-root-port'/>
<controller type='pci' index='2' model='pcie-switch-upstream-port'><address type='pci' bus='0x03' slot='0x00'/></controller>
<controller type='pci' index='3' model='pcie-switch-downstream-port'><address type='pci' bus='0x02' slot='0x00'/></controller>",
    right: "<controller type='pci' index='1' model='pcie-root-port'/>
<controller type='pci' index='2' model='pcie-switch-upstream-port'><address type='pci' bus='0x01' slot='0x00'/></controller>
<controller type='pci' index='3' model='pcie-switch-downstream-port'><address type='pci' bus='0x02' slot='0x00'/></controller>",
    fixes: Some(find_fixes),
};

/// Index of the root controller.
const ROOT: ControllerIndex = ControllerIndex(0);

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let topology = evidence.topology;
    let by_index = by_index(evidence);
    let root = by_index.get(&ROOT).and_then(|device| device.controller()?.pci_model());
    if root.is_some_and(|root| !root.is_root()) {
        // Nothing leads to the root if another controller has its index.
        return;
    }
    for no in topology.unplaced() {
        let is_loop =
            topology.node(*no).is_some_and(|found| found.unplaced == Some(Unplaced::Loop));
        let Some(first) = topology.device(evidence.assigned, *no).filter(|_| is_loop) else {
            continue;
        };
        if first.controller().and_then(Controller::pci_model).is_some_and(PciModel::is_root) {
            // A root is on no bus, whatever its address is.
            continue;
        }
        let name = first.controller().and_then(|own| own.index).unwrap_or_default();
        let mut problem = RULE
            .problem(format!("PCI controller {name} is behind itself, directly or through others"))
            .quoting(format!("QEMU: Bus 'pci.{name}' not found"))
            .helping("remove one of the addresses, or name a bus that leads to the root");
        let mut seen = HashSet::new();
        let mut at = Some(first);
        while let Some(device) = at.filter(|device| seen.insert(device.key())) {
            problem = evidence.on(problem, device);
            at = device.pci().and_then(|place| by_index.get(&place.bus).copied());
        }
        found.push(problem);
    }
}

fn by_index<'g>(evidence: &Evidence<'g>) -> HashMap<ControllerIndex, &'g Device> {
    let controllers = evidence.controllers(ControllerKind::Pci);
    controllers.filter_map(|(device, controller)| Some((controller.index?, device))).collect()
}

/// A place on a bus that leads to the root for each of them, then none.
fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let by_index = by_index(evidence);
    let leads_to_root = |index: ControllerIndex| {
        let (mut seen, mut at) = (HashSet::new(), index);
        while at != ROOT && seen.insert(at) {
            let Some(place) = by_index.get(&at).and_then(|device| device.pci()) else { break };
            at = place.bus;
        }
        at == ROOT
    };
    let moves = fixes::written(evidence, problem).filter_map(|device| {
        match fixes::free_on_pci(evidence, device, device.pci(), leads_to_root) {
            Some(to) => Some(fixes::put_on_pci(device, to)),
            None => fixes::put_on_new_port(evidence, device),
        }
    });
    moves.chain(fixes::let_choose(evidence, problem)).collect()
}
