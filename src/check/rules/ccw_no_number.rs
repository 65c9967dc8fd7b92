//! No number is left in the channel subsystem.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::ccw::assign`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::CcwNoNumber,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "no number is left in the channel subsystem",
    about: "The channel subsystem has 65,536 numbers, and all are taken.",
    machine: "s390",
    wrong: "",
    right: "",
    fixes: Some(fixes::remove),
};
