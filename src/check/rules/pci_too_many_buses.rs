//! A PCI controller beyond the 256th.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "pci-too-many-buses",
    severity: Severity::Error,
    at_start: false,
    summary: "a PCI controller beyond the 256th",
    about: "A guest has at most 256 PCI buses, index 0 to 255.",
    machine: "pc",
    wrong: "<controller type='pci' index='256' model='pci-bridge'/>",
    right: "<controller type='pci' index='1' model='pci-bridge'/>",
    find: None,
    mend: Some(mend::other_index),
};
