//! No target index is left for a pSeries host bridge.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "phb-index",
    severity: Severity::Error,
    at_start: false,
    summary: "no target index is left for a pSeries host bridge",
    about: "A pSeries guest has at most 31 host bridges.",
    machine: "pseries",
    wrong: "",
    right: "",
    find: None,
    mend: Some(mend::remove),
};
