//! An IDE or USB function of the PIIX3 where bus 0 is PCI Express.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::pass::not_conventional`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::Piix3Bus,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "an IDE or USB function of the PIIX3 where bus 0 is PCI Express",
    about: "Slot 1 functions 1 and 2 belong to the PIIX3; a machine with pcie-root has none.",
    machine: "q35",
    wrong: "<controller type='usb' index='0' model='piix3-uhci'><address type='pci' slot='0x01' function='0x2'/></controller>",
    right: "<controller type='usb' index='0' model='piix3-uhci'><address type='pci' slot='0x03'/></controller>",
    fixes: Some(fixes::let_choose),
};
