//! A port of a missing virtio-serial controller.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::serial::check` and `assign::serial::no_controller`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::VirtioSerialNoController,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a port of a missing virtio-serial controller",
    about: "libvirt does not add a controller for a console with an address.",
    machine: "pc",
    wrong: "",
    right: "",
    fixes: Some(fixes::let_choose),
};
