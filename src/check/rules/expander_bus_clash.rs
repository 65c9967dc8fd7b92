//! Two expander buses of one bus number.

use std::collections::HashMap;

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::{Device, Fix, Part, Problem, Severity};
use crate::xml::Element;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "expander-bus-clash",
    severity: Severity::Error,
    at_start: true,
    summary: "two expander buses of one bus number",
    about: "busNr is the number the guest's firmware begins to count at. libvirt accepts two of one \
              number; QEMU refuses to start.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pcie-expander-bus'><target busNr='200'/></controller>
<controller type='pci' index='2' model='pcie-expander-bus'><target busNr='200'/></controller>",
    right: "<controller type='pci' index='1' model='pcie-expander-bus'><target busNr='200'/></controller>
<controller type='pci' index='2' model='pcie-expander-bus'><target busNr='180'/></controller>",
    find: Some(find),
    mend: Some(mend),
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

fn mend(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let mut fixes = Vec::new();
    for device in mend::written(evidence, problem) {
        let target = evidence.element(device).and_then(|element| element.child("target"));
        let wrong = target.into_iter().flat_map(Element::attributes);
        let wrong = wrong.filter(|attribute| problem.spans.contains(&attribute.value_span()));
        fixes.extend(wrong.map(|attribute| {
            let change = mend::unset(device.key, Part::Child("target"), attribute.name());
            Fix::new(format!("leave {}= to libvirt", attribute.name()), change)
        }));
    }
    fixes
}
