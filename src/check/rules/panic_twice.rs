//! Two panic devices of one model.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "panic-twice",
    severity: Severity::Error,
    at_start: false,
    summary: "two panic devices of one model",
    about: "A guest may have panic devices of several models, but one of each.",
    machine: "pc",
    wrong: "<panic model='isa'/>
<panic model='isa'/>",
    right: "<panic model='isa'/>
<panic model='hyperv'/>",
    find: None,
    mend: Some(mend::remove),
};
