//! USB companion controllers and nothing else.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

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
    mend: Some(mend::add_master),
};
