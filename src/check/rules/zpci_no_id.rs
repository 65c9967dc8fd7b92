//! No free zPCI uid or fid.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::zpci::Ids::next`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ZpciNoId,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "no free zPCI uid or fid",
    about: "A guest has 65,535 uids.",
    machine: "s390",
    wrong: "",
    right: "",
    fixes: Some(fixes::remove),
};
