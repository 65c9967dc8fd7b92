//! A port of a virtio-serial controller that is not there.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "virtio-serial-no-controller",
    severity: Severity::Error,
    at_start: false,
    summary: "a port of a virtio-serial controller that is not there",
    about: "A console with an address makes no controller appear.",
    machine: "pc",
    wrong: "",
    right: "",
    find: None,
    mend: Some(mend::let_choose),
};
