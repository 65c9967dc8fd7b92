//! A USB port that is no path of one to four numbers.

use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// The rule, found by `xml::decode::address::Fields::usb`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::UsbPortMalformed,
    severity: Severity::Error,
    stage: Stage::Decode,
    summary: "a USB port that is no path of one to four numbers",
    about: "A port is named by the ports on the way to it, with dots between: 1.3 is port 3 of the hub \
              on port 1. USB allows four levels.",
    machine: "pc",
    wrong: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1.1.1.1.1'/></input>",
    right: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>",
    mend: Some(mend::let_choose),
};
