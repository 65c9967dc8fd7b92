//! Two PCI Express ports with one number on one bus.

use std::collections::HashMap;

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, ControllerIndex, Device, Fix, Part, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciePortDoubleUse,
    severity: Severity::Note,
    stage: Stage::Check(find),
    summary: "two PCI Express ports with one number on one bus",
    about: "Guests show the number as the physical slot. QEMU starts; a search for a card by \
            slot finds two.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pcie-root-port'><target chassis='1' port='0x8'/><address type='pci' slot='0x01'/></controller>
<controller type='pci' index='2' model='pcie-root-port'><target chassis='2' port='0x8'/><address type='pci' slot='0x02'/></controller>",
    right: "<controller type='pci' index='1' model='pcie-root-port'><target chassis='1' port='0x8'/><address type='pci' slot='0x01'/></controller>
<controller type='pci' index='2' model='pcie-root-port'><target chassis='2' port='0x10'/><address type='pci' slot='0x02'/></controller>",
    fixes: Some(find_fixes),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let mut known: HashMap<(ControllerIndex, u32), &Device> = HashMap::new();
    for (device, controller) in evidence.domain.controllers() {
        let place = controller.target.port.zip(device.pci());
        let Some((port, at)) = place else { continue };
        let Some(first) = known.get(&(at.bus, port)).copied() else {
            known.insert((at.bus, port), device);
            continue;
        };
        let problem = RULE
            .problem(format!("two ports on bus {} have the number {port:#x}", at.bus))
            .helping("leave port= to libvirt");
        let problem = evidence.on_attribute(problem, device, ("target", "port"));
        found.push(evidence.on_attribute(problem, first, ("target", "port")));
    }
}

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    fixes::written(evidence, problem)
        .map(|device| {
            let change = fixes::unset(device.key(), Part::Child("target"), "port");
            Fix::new(format!("let libvirt number {}", fixes::name(device)), change)
        })
        .collect()
}
