//! A serial console that is not the first console.

use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// The rule, found by `assign::console::pair`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ConsoleSerial,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a serial console that is not the first console",
    about: "Only the first <console> stands for serial port 0.",
    machine: "pc",
    wrong: "<console type='pty'><target type='virtio'/></console>
<console type='pty'><target type='serial'/></console>",
    right: "<console type='pty'><target type='serial'/></console>
<console type='pty'><target type='virtio'/></console>",
    mend: Some(mend::remove),
};
