//! No zPCI uid or fid is left.

use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// The rule, found by `assign::zpci::Ids::next`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ZpciNoId,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "no zPCI uid or fid is left",
    about: "A guest has 65,535 uids.",
    machine: "s390",
    wrong: "",
    right: "",
    mend: Some(mend::remove),
};
