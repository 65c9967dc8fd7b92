//! USB companion controllers and nothing else.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::usb_none::check`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::UsbNoMaster,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "USB companion controllers and nothing else",
    about: "A companion takes over the slow devices of an EHCI controller with the same index.",
    machine: "q35",
    wrong: "<controller type='usb' index='0' model='ich9-uhci1'><master startport='0'/></controller>",
    right: "<controller type='usb' index='0' model='ich9-ehci1'></controller>
<controller type='usb' index='0' model='ich9-uhci1'><master startport='0'/></controller>",
    fixes: Some(fixes::add_master),
};
