//! A USB port that is not a path of one to four numbers.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `xml::decode::address::Fields::usb`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::UsbPortMalformed,
    severity: Severity::Error,
    stage: Stage::Decode,
    summary: "a USB port that is not a path of one to four numbers",
    about: "A port is written with the ports on the way to it, separated by dots: 1.3 is port \
            3 of the hub on port 1. USB allows four levels.",
    machine: "pc",
    wrong: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1.1.1.1.1'/></input>",
    right: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>",
    fixes: Some(fixes::let_choose),
};
