//! A function above 0 for a device that is plugged into a running guest.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "pci-hotplug-function",
    severity: Severity::Error,
    at_start: false,
    summary: "a function above 0 for a device that is plugged into a running guest",
    about: "The guest looks at a slot once, when function 0 appears.",
    machine: "q35",
    wrong: "",
    right: "",
    find: None,
    mend: Some(mend::pci),
};
