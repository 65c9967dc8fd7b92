//! Two devices on one USB port.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::usb_ports::double_use` and `assign::usb_ports::hub_twice`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::UsbDoubleUse,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "two devices on one USB port",
    about: "A port holds one device; a hub offers more ports.",
    machine: "pc",
    wrong: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>
<input type='keyboard' bus='usb'><address type='usb' bus='0' port='1'/></input>",
    right: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>
<input type='keyboard' bus='usb'><address type='usb' bus='0' port='2'/></input>",
    fixes: Some(fixes::usb),
};
