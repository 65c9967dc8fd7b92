//! No free port on the virtio-serial controller of the address.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::serial::no_free_port`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::VirtioSerialFull,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "no free port on the virtio-serial controller of the address",
    about: "Port 0 is for consoles only; channels use ports from 1 up.",
    machine: "pc",
    wrong: "<controller type='virtio-serial' index='0' ports='1'/>
<channel type='pty'><target type='virtio' name='a'/><address type='virtio-serial' controller='0'/></channel>",
    right: "<controller type='virtio-serial' index='0' ports='2'/>
<channel type='pty'><target type='virtio' name='a'/><address type='virtio-serial' controller='0'/></channel>",
    fixes: Some(fixes::let_choose),
};
