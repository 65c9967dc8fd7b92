//! A port of a virtio-serial controller that is not there.

use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// The rule, found by `assign::serial::check` and `assign::serial::no_controller`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::VirtioSerialNoController,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a port of a virtio-serial controller that is not there",
    about: "A console with an address makes no controller appear.",
    machine: "pc",
    wrong: "",
    right: "",
    mend: Some(mend::let_choose),
};
