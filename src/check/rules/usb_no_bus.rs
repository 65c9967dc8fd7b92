//! A USB bus that no controller offers.

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::{Address, ControllerKind, Fix, Problem, Severity};

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "usb-no-bus",
    severity: Severity::Error,
    at_start: false,
    summary: "a USB bus that no controller offers",
    about: "bus= is the index of a USB controller.",
    machine: "pc",
    wrong: "<input type='tablet' bus='usb'><address type='usb' bus='7' port='1'/></input>",
    right: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>",
    find: None,
    mend: Some(mend),
};

fn mend(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let mut fixes = mend::usb(evidence, problem);
    let bus = mend::written(evidence, problem).find_map(|device| match device.value()? {
        Address::Usb(usb) => Some(usb.bus),
        _ => None,
    });
    fixes.extend(bus.map(|bus| mend::add_controller(ControllerKind::Usb, bus, Some("qemu-xhci"))));
    fixes
}
