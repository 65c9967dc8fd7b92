//! A USB bus that no controller offers.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Address, Code, ControllerKind, Fix, Problem, Severity};

/// Found by `assign::usb_ports::UsbPorts::parent` and `assign::usb_ports::no_bus`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::UsbNoBus,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a USB bus that no controller offers",
    about: "bus= is the index of a USB controller.",
    machine: "pc",
    wrong: "<input type='tablet' bus='usb'><address type='usb' bus='7' port='1'/></input>",
    right: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>",
    fixes: Some(find_fixes),
};

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let mut fixes = fixes::usb(evidence, problem);
    let bus = fixes::written(evidence, problem).find_map(|device| match device.address()? {
        Address::Usb(usb) => Some(usb.bus),
        _ => None,
    });
    fixes.extend(bus.map(|bus| fixes::add_controller(ControllerKind::Usb, bus, Some("qemu-xhci"))));
    fixes
}
