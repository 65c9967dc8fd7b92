//! No PCI slot is left for a device.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "pci-no-slot",
    severity: Severity::Error,
    at_start: false,
    summary: "no PCI slot is left for a device",
    about: "libvirt adds bridges or ports where it can; here it cannot.",
    machine: "pc",
    wrong: "",
    right: "",
    find: None,
    mend: Some(mend::remove),
};
