//! A PCI bus that no controller offers and libvirt does not add.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `topology::verdict::PciBuses::explain`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciNoBus,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "a PCI bus that no controller offers and libvirt does not add",
    about: "bus= is the index of a PCI controller.",
    machine: "isapc",
    wrong: "",
    right: "",
    fixes: Some(fixes::pci),
};
