//! A USB port behind a hub that is not there.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "usb-no-hub",
    severity: Severity::Error,
    at_start: false,
    summary: "a USB port behind a hub that is not there",
    about: "A path with dots leads through hubs; each has to be written with its own port.",
    machine: "pc",
    wrong: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1.1'/></input>",
    right: "<hub type='usb'><address type='usb' bus='0' port='1'/></hub>
<input type='tablet' bus='usb'><address type='usb' bus='0' port='1.1'/></input>",
    find: None,
    mend: Some(mend::usb),
};
