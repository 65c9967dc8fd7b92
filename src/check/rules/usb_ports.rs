//! An xHCI controller with more than 15 ports.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::Ports;
use crate::model::{Code, Fix, Part, Problem, Severity};

/// Found by `assign::models::check_usb`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::UsbPorts,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "an xHCI controller with more than 15 ports",
    about: "QEMU gives nec-xhci and qemu-xhci at most 15 ports of each speed.",
    machine: "pc",
    wrong: "<controller type='usb' index='0' model='qemu-xhci' ports='16'/>",
    right: "<controller type='usb' index='0' model='qemu-xhci' ports='15'/>",
    fixes: Some(find_fixes),
};

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    fixes::written(evidence, problem)
        .map(|device| {
            let most = Ports::MOST_XHCI.to_string();
            let change = fixes::set(device.key(), Part::Own, "ports", most.as_str());
            Fix::new(format!("give it {most} ports"), change)
        })
        .collect()
}
