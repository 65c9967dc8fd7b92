//! No PCI slot is left for a device.

use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// The rule, found by `topology::pci::no_slot`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciNoSlot,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "no PCI slot is left for a device",
    about: "libvirt adds bridges or ports where it can; here it cannot.",
    machine: "pc",
    wrong: "",
    right: "",
    mend: Some(mend::remove),
};
