//! Two USB buses with one index.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::usb::buses`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::UsbBusTwice,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "two USB buses with one index",
    about: "Only the companions of an EHCI controller share its index.",
    machine: "pc",
    wrong: "<controller type='usb' index='0' model='qemu-xhci'/>
<controller type='usb' index='0' model='nec-xhci'/>
<input type='tablet' bus='usb'/>",
    right: "<input type='tablet' bus='usb'/><controller type='usb' index='0' model='qemu-xhci'/>
<controller type='usb' index='1' model='nec-xhci'/>",
    fixes: Some(fixes::other_index),
};
