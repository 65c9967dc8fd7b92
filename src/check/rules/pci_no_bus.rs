//! A PCI bus that no controller offers and libvirt does not add.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "pci-no-bus",
    severity: Severity::Error,
    at_start: false,
    summary: "a PCI bus that no controller offers and libvirt does not add",
    about: "bus= is the index of a PCI controller.",
    machine: "isapc",
    wrong: "",
    right: "",
    find: None,
    mend: Some(mend::pci),
};
