//! A port that a virtio-serial controller does not have.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::serial::check`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::VirtioSerialNoPort,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a port that a virtio-serial controller does not have",
    about: "A controller has as many ports as ports= says, else 31, counted from 0.",
    machine: "pc",
    wrong: "<controller type='virtio-serial' index='0' ports='2'/>
<channel type='pty'><target type='virtio' name='a'/><address type='virtio-serial' controller='0' port='2'/></channel>",
    right: "<controller type='virtio-serial' index='0' ports='3'/>
<channel type='pty'><target type='virtio' name='a'/><address type='virtio-serial' controller='0' port='2'/></channel>",
    fixes: Some(fixes::let_choose),
};
