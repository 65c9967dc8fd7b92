//! No number is left in the channel subsystem.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "ccw-no-number",
    severity: Severity::Error,
    at_start: false,
    summary: "no number is left in the channel subsystem",
    about: "65,536 devices have one each; this is the one after.",
    machine: "s390",
    wrong: "",
    right: "",
    find: None,
    mend: Some(mend::remove),
};
