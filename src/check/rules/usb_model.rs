//! A USB controller that QEMU does not have.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Fix, Part, Problem, Severity};

/// Found by `assign::models::check_usb`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::UsbModel,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a USB controller that QEMU does not have",
    about: "qusb1 and qusb2 are models of Xen.",
    machine: "pc",
    wrong: "<controller type='usb' index='0' model='qusb2'/>",
    right: "<controller type='usb' index='0' model='qemu-xhci'/>",
    fixes: Some(find_fixes),
};

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    fixes::written(evidence, problem)
        .map(|device| {
            let change = fixes::set(device.key(), Part::Own, "model", "qemu-xhci");
            Fix::new("make it a qemu-xhci", change)
        })
        .collect()
}
