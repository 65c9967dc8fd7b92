//! A bus that takes no devices while the guest runs.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "pci-no-hotplug",
    severity: Severity::Error,
    at_start: false,
    summary: "a bus that takes no devices while the guest runs",
    about: "pcie-root, dmi-to-pci-bridge and ports with hotplug=off take none.",
    machine: "q35",
    wrong: "",
    right: "",
    find: None,
    mend: Some(mend::pci),
};
