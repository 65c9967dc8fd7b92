//! A USB port behind a missing hub.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::usb_ports::no_hub`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::UsbNoHub,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a USB port behind a missing hub",
    about: "A path with dots leads through hubs; each hub must be written with its own port.",
    machine: "pc",
    wrong: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1.1'/></input>",
    right: "<hub type='usb'><address type='usb' bus='0' port='1'/></hub>
<input type='tablet' bus='usb'><address type='usb' bus='0' port='1.1'/></input>",
    fixes: Some(fixes::usb),
};
