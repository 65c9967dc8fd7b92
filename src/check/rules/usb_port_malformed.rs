//! A USB port that is no path of one to four numbers.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "usb-port-malformed",
    severity: Severity::Error,
    at_start: false,
    summary: "a USB port that is no path of one to four numbers",
    about: "A port is named by the ports on the way to it, with dots between: 1.3 is port 3 of the hub \
              on port 1. USB allows four levels.",
    machine: "pc",
    wrong: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1.1.1.1.1'/></input>",
    right: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>",
    find: None,
    mend: Some(mend::let_choose),
};
