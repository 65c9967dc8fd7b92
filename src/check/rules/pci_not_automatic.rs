//! A bus that libvirt uses only when the XML asks for it.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "pci-not-automatic",
    severity: Severity::Error,
    at_start: false,
    summary: "a bus that libvirt uses only when the XML asks for it",
    about: "Endpoints are put on pcie-root by hand only.",
    machine: "q35",
    wrong: "",
    right: "",
    find: None,
    mend: Some(mend::pci),
};
