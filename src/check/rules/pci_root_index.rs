//! A pci-root or pcie-root with an index other than 0.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "pci-root-index",
    severity: Severity::Error,
    at_start: false,
    summary: "a pci-root or pcie-root with an index other than 0",
    about: "The root of the buses is controller 0; only pSeries guests have several.",
    machine: "pc",
    wrong: "<controller type='pci' index='1' model='pci-root'/>",
    right: "<controller type='pci' index='0' model='pci-root'/>",
    find: None,
    mend: Some(mend::remove),
};
