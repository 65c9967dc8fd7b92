//! A bus without hot-plug.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `topology::verdict::PciBuses::explain`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciNoHotplug,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "a bus without hot-plug",
    about: "pcie-root, dmi-to-pci-bridge and ports with hotplug=off accept no devices while \
            the guest runs.",
    machine: "q35",
    wrong: "",
    right: "",
    fixes: Some(fixes::pci),
};
