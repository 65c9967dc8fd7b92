//! Two panic devices of one model.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::implicit::check_doubles`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PanicTwice,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "two panic devices of one model",
    about: "A guest may have panic devices of several models, but one of each.",
    machine: "pc",
    wrong: "<panic model='isa'/>
<panic model='isa'/>",
    right: "<panic model='isa'/>
<panic model='hyperv'/>",
    fixes: Some(fixes::remove),
};
