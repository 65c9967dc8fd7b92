//! PCI controllers that hang on each other.

use std::collections::{HashMap, HashSet};

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::{Controller, ControllerKind, Device, PciModel, Problem, Severity};
use crate::topology::Unplaced;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "pci-loop",
    severity: Severity::Error,
    at_start: true,
    summary: "PCI controllers that hang on each other",
    about: "libvirt accepts controllers whose addresses lead back to themselves; QEMU finds none of \
              their buses and refuses to start.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pcie-root-port'/>
<controller type='pci' index='2' model='pcie-switch-upstream-port'><address type='pci' bus='0x03' slot='0x00'/></controller>
<controller type='pci' index='3' model='pcie-switch-downstream-port'><address type='pci' bus='0x02' slot='0x00'/></controller>",
    right: "<controller type='pci' index='1' model='pcie-root-port'/>
<controller type='pci' index='2' model='pcie-switch-upstream-port'><address type='pci' bus='0x01' slot='0x00'/></controller>
<controller type='pci' index='3' model='pcie-switch-downstream-port'><address type='pci' bus='0x02' slot='0x00'/></controller>",
    find: Some(find),
    mend: Some(mend::let_choose),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let topology = evidence.topology;
    let by_index: HashMap<u32, &Device> = evidence
        .assigned
        .controllers()
        .filter(|(_, controller)| controller.kind == ControllerKind::Pci)
        .filter_map(|(device, controller)| Some((controller.index?.0, device)))
        .collect();
    for no in topology.unplaced() {
        let is_loop =
            topology.resident(*no).is_some_and(|found| found.unplaced == Some(Unplaced::Loop));
        let Some(first) = topology.device(evidence.assigned, *no).filter(|_| is_loop) else {
            continue;
        };
        if first.controller().and_then(Controller::pci_model).is_some_and(PciModel::is_root) {
            // A root is on no bus, whatever its address says.
            continue;
        }
        let index =
            |device: &Device| device.controller().and_then(|c| c.index).map(|index| index.0);
        let name = index(first).unwrap_or_default();
        let mut problem = RULE
            .problem(format!("PCI controller {name} hangs, in the end, on itself"))
            .quoting(format!("QEMU: Bus 'pci.{name}' not found"))
            .helping("remove one of the addresses, or name a bus that leads to the root");
        let mut seen = HashSet::new();
        let mut at = Some(first);
        while let Some(device) = at.filter(|device| seen.insert(device.key)) {
            problem = evidence.on(problem, device);
            at = device.pci().and_then(|place| by_index.get(&place.bus.0).copied());
        }
        found.push(problem);
    }
}
