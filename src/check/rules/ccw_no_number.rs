//! No number is left in the channel subsystem.

use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// The rule, found by `assign::ccw::assign`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::CcwNoNumber,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "no number is left in the channel subsystem",
    about: "65,536 devices have one each; this is the one after.",
    machine: "s390",
    wrong: "",
    right: "",
    mend: Some(mend::remove),
};
