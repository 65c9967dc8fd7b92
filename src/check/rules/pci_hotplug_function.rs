//! A function above 0 for a device that is plugged into a running guest.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `topology::verdict::PciBuses::explain`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciHotplugFunction,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "a function above 0 for a device that is plugged into a running guest",
    about: "The guest scans a slot once, when function 0 appears.",
    machine: "q35",
    wrong: "",
    right: "",
    fixes: Some(fixes::pci),
};
