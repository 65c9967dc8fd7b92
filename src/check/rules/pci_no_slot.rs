//! No free PCI slot for a device.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `topology::pci::no_slot`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciNoSlot,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "no free PCI slot for a device",
    about: "libvirt adds bridges or ports where it can; for this device it cannot.",
    machine: "pc",
    wrong: "",
    right: "",
    fixes: Some(fixes::remove),
};
