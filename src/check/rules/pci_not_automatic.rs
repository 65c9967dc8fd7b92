//! A bus that libvirt does not choose by itself.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `topology::verdict::PciBuses::explain`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciNotAutomatic,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "a bus that libvirt does not choose by itself",
    about: "Endpoints are on pcie-root only if their address says so.",
    machine: "q35",
    wrong: "",
    right: "",
    fixes: Some(fixes::pci),
};
