//! No port is left on the virtio-serial controller that is named.

use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// The rule, found by `assign::serial::no_free_port`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::VirtioSerialFull,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "no port is left on the virtio-serial controller that is named",
    about: "Port 0 is for consoles only; a channel needs one from 1 up.",
    machine: "pc",
    wrong: "<controller type='virtio-serial' index='0' ports='1'/>
<channel type='pty'><target type='virtio' name='a'/><address type='virtio-serial' controller='0'/></channel>",
    right: "<controller type='virtio-serial' index='0' ports='2'/>
<channel type='pty'><target type='virtio' name='a'/><address type='virtio-serial' controller='0'/></channel>",
    mend: Some(mend::let_choose),
};
