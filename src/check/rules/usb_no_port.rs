//! A USB port that its controller or hub does not have, or none is left.

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, ControllerKind, Fix, Problem, Severity};

/// The rule, found by `assign::usb_ports::out_of_range`, `assign::usb_ports::not_present` and
/// `assign::usb::full`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::UsbNoPort,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a USB port that its controller or hub does not have, or none is left",
    about: "piix3-uhci has 2 ports, EHCI 6, OHCI 3, xHCI 4 unless ports= says otherwise, a hub 8.",
    machine: "pc",
    wrong: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='3'/></input>",
    right: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='2'/></input>",
    mend: Some(mend),
};

fn mend(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let mut fixes = mend::usb(evidence, problem);
    let index = mend::free_index(evidence, ControllerKind::Usb);
    fixes.push(mend::add_controller(ControllerKind::Usb, index, Some("qemu-xhci")));
    fixes
}
