//! No zPCI uid or fid is left.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "zpci-no-id",
    severity: Severity::Error,
    at_start: false,
    summary: "no zPCI uid or fid is left",
    about: "A guest has 65,535 uids.",
    machine: "s390",
    wrong: "",
    right: "",
    find: None,
    mend: Some(mend::remove),
};
