//! A PCI controller beyond the 256th.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `topology::pci::too_many_buses`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciTooManyBuses,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "a PCI controller beyond the 256th",
    about: "A guest has at most 256 PCI buses, index 0 to 255.",
    machine: "pc",
    wrong: "<controller type='pci' index='256' model='pci-bridge'/>",
    right: "<controller type='pci' index='1' model='pci-bridge'/>",
    fixes: Some(fixes::other_index),
};
