//! Two devices on one port of a virtio-serial controller.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::serial::check`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::VirtioSerialDoubleUse,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "two devices on one port of a virtio-serial controller",
    about: "A virtio console occupies a port as well, although libvirt does not write it.",
    machine: "pc",
    wrong: "<channel type='pty'><target type='virtio' name='a'/><address type='virtio-serial' controller='0' port='1'/></channel>
<channel type='pty'><target type='virtio' name='b'/><address type='virtio-serial' controller='0' port='1'/></channel>",
    right: "<channel type='pty'><target type='virtio' name='a'/><address type='virtio-serial' controller='0' port='1'/></channel>
<channel type='pty'><target type='virtio' name='b'/><address type='virtio-serial' controller='0' port='2'/></channel>",
    fixes: Some(fixes::let_choose),
};
