//! A serial console that is not the first console.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::console::pair`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ConsoleSerial,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a serial console that is not the first console",
    about: "Only the first <console> is serial port 0.",
    machine: "pc",
    wrong: "<console type='pty'><target type='virtio'/></console>
<console type='pty'><target type='serial'/></console>",
    right: "<console type='pty'><target type='serial'/></console>
<console type='pty'><target type='virtio'/></console>",
    fixes: Some(fixes::remove),
};
