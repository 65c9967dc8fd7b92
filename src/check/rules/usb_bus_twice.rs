//! Two USB buses with one index.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "usb-bus-twice",
    severity: Severity::Error,
    at_start: false,
    summary: "two USB buses with one index",
    about: "Only the companions of an EHCI controller share its index.",
    machine: "pc",
    wrong: "<controller type='usb' index='0' model='qemu-xhci'/>
<controller type='usb' index='0' model='nec-xhci'/>
<input type='tablet' bus='usb'/>",
    right: "<input type='tablet' bus='usb'/><controller type='usb' index='0' model='qemu-xhci'/>
<controller type='usb' index='1' model='nec-xhci'/>",
    find: None,
    mend: Some(mend::other_index),
};
