//! Two expander buses with one bus number.

use std::collections::HashMap;

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Device, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ExpanderBusClash,
    severity: Severity::Error,
    stage: Stage::Start(find),
    summary: "two expander buses with one bus number",
    about: "busNr is the first bus number that the guest's firmware uses behind the expander. \
            libvirt accepts a number twice; QEMU refuses to start.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pcie-expander-bus'><target busNr='200'/></controller>
<controller type='pci' index='2' model='pcie-expander-bus'><target busNr='200'/></controller>",
    right: "<controller type='pci' index='1' model='pcie-expander-bus'><target busNr='200'/></controller>
<controller type='pci' index='2' model='pcie-expander-bus'><target busNr='180'/></controller>",
    fixes: Some(fixes::leave_target),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let mut known: HashMap<u32, &Device> = HashMap::new();
    for (device, controller) in evidence.domain.controllers() {
        let Some(number) = controller.target.bus_nr else { continue };
        let Some(first) = known.get(&number).copied() else {
            known.insert(number, device);
            continue;
        };
        let problem = RULE
            .problem(format!("two expander buses have the number {number}"))
            .quoting(format!("QEMU: Bus {number} is already in use"))
            .helping("give one of them another number, or leave busNr= to libvirt");
        let problem = evidence.on_attribute(problem, device, ("target", "busNr"));
        found.push(evidence.on_attribute(problem, first, ("target", "busNr")));
    }
}
