//! Two devices on one USB port.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "usb-double-use",
    severity: Severity::Error,
    at_start: false,
    summary: "two devices on one USB port",
    about: "A port holds one device; more of them want a hub.",
    machine: "pc",
    wrong: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>
<input type='keyboard' bus='usb'><address type='usb' bus='0' port='1'/></input>",
    right: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>
<input type='keyboard' bus='usb'><address type='usb' bus='0' port='2'/></input>",
    find: None,
    mend: Some(mend::usb),
};
