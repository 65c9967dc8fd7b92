//! A bus that libvirt uses only when the XML asks for it.

use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// The rule, found by `topology::verdict::PciBuses::explain`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciNotAutomatic,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "a bus that libvirt uses only when the XML asks for it",
    about: "Endpoints are put on pcie-root by hand only.",
    machine: "q35",
    wrong: "",
    right: "",
    mend: Some(mend::pci),
};
