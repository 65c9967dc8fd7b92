//! A serial console that is not the first console.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "console-serial",
    severity: Severity::Error,
    at_start: false,
    summary: "a serial console that is not the first console",
    about: "Only the first <console> stands for serial port 0.",
    machine: "pc",
    wrong: "<console type='pty'><target type='virtio'/></console>
<console type='pty'><target type='serial'/></console>",
    right: "<console type='pty'><target type='serial'/></console>
<console type='pty'><target type='virtio'/></console>",
    find: None,
    mend: Some(mend::remove),
};
