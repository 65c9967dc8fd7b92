//! USB companion controllers and nothing else.

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::{ControllerKind, Fix, Problem, Severity};

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "usb-no-master",
    severity: Severity::Error,
    at_start: false,
    summary: "USB companion controllers and nothing else",
    about: "A companion takes over the slow devices of an EHCI controller with the same index.",
    machine: "q35",
    wrong: "<controller type='usb' index='0' model='ich9-uhci1'><master startport='0'/></controller>",
    right: "<controller type='usb' index='0' model='ich9-ehci1'></controller>
<controller type='usb' index='0' model='ich9-uhci1'><master startport='0'/></controller>",
    find: None,
    mend: Some(mend),
};

fn mend(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let mut fixes: Vec<Fix> = mend::written(evidence, problem)
        .filter_map(|device| {
            let index = device.controller()?.index_or_zero().0;
            Some(mend::add_controller(ControllerKind::Usb, index, Some("ich9-ehci1")))
        })
        .collect();
    fixes.extend(mend::remove(evidence, problem));
    fixes
}
