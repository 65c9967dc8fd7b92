//! A number in the `<target>` of a PCI controller that is out of range.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, ControllerKind, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciTargetRange,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a number in the <target> of a PCI controller that is out of range",
    about: "chassisNr is 1 to 255, chassis and port 0 to 255, busNr 1 to 254; index, for host bridges of \
              pSeries, 0 to 30 and 0 for the first alone.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pcie-root-port'><target chassis='256' port='0x8'/></controller>",
    right: "<controller type='pci' index='1' model='pcie-root-port'><target chassis='255' port='0x8'/></controller>",
    fixes: Some(fixes::leave_target),
};

/// Source: `domain_validate.c: virDomainControllerDefValidate`, in its order.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (device, controller) in evidence.domain.controllers() {
        if controller.kind != ControllerKind::Pci {
            continue;
        }
        let target = &controller.target;
        let rows = [
            ("index", "target index", target.index, 0, 30),
            ("chassisNr", "chassisNr", target.chassis_nr, 1, 255),
            ("chassis", "chassis", target.chassis, 0, 255),
            ("port", "port", target.port, 0, 255),
            ("busNr", "busNr", target.bus_nr, 1, 254),
        ];
        for (name, word, value, first, last) in rows {
            let Some(value) = value.filter(|value| !(first..=last).contains(value)) else {
                continue;
            };
            let problem = RULE
                .problem(format!("{name} {value} is not between {first} and {last}"))
                .quoting(format!(
                    "unsupported configuration: PCI controller {word} '{value}' out of range - must \
                     be {first}-{last}"
                ))
                .helping("leave it out, so that libvirt chooses");
            found.push(evidence.on_attribute(problem, device, ("target", name)));
        }
        let index = controller.index_or_zero().0;
        if target.index.is_some_and(|number| number <= 30 && (number == 0) != (index == 0)) {
            let problem = RULE
                .problem("target index 0 is for PCI controller 0, and for it alone")
                .quoting(
                    "unsupported configuration: Only the PCI controller with index 0 can have target \
                     index 0, and vice versa",
                )
                .helping("leave it out, so that libvirt chooses");
            found.push(evidence.on_attribute(problem, device, ("target", "index")));
        }
    }
}
