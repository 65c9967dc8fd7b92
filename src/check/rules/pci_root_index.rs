//! A pci-root or pcie-root with an index other than 0.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::models::check_pci`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciRootIndex,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a pci-root or pcie-root with an index other than 0",
    about: "The root bus is controller 0; only pSeries guests have several.",
    machine: "pc",
    wrong: "<controller type='pci' index='1' model='pci-root'/>",
    right: "<controller type='pci' index='0' model='pci-root'/>",
    fixes: Some(fixes::remove),
};
