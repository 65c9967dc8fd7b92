//! A bus that takes no devices while the guest runs.

use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// The rule, found by `topology::verdict::PciBuses::explain`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciNoHotplug,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "a bus that takes no devices while the guest runs",
    about: "pcie-root, dmi-to-pci-bridge and ports with hotplug=off take none.",
    machine: "q35",
    wrong: "",
    right: "",
    mend: Some(mend::pci),
};
