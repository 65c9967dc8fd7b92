//! A USB port that its controller or hub does not have, or no free port.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, ControllerKind, Fix, Problem, Severity};

/// Found by `assign::usb_ports::out_of_range`, `assign::usb_ports::not_present` and
/// `assign::usb::full`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::UsbNoPort,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a USB port that its controller or hub does not have, or no free port",
    about: "piix3-uhci has 2 ports, EHCI 6, OHCI 3, xHCI 4 unless ports= says otherwise, a hub 8.",
    machine: "pc",
    wrong: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='3'/></input>",
    right: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='2'/></input>",
    fixes: Some(find_fixes),
};

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let mut fixes = fixes::usb(evidence, problem);
    let index = fixes::free_index(evidence, ControllerKind::Usb);
    fixes.push(fixes::add_controller(ControllerKind::Usb, index, Some("qemu-xhci")));
    fixes
}
