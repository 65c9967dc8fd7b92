//! No free target index for a pSeries host bridge.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::targets::next_index`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PhbIndex,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "no free target index for a pSeries host bridge",
    about: "A pSeries guest has at most 31 host bridges.",
    machine: "pseries",
    wrong: "",
    right: "",
    fixes: Some(fixes::remove),
};
