//! A PCI bus above 0xff, slot above 0x1f or function above 7.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `xml::decode::address::Fields::out_of_range`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciOutOfRange,
    severity: Severity::Error,
    stage: Stage::Decode,
    summary: "a PCI bus above 0xff, slot above 0x1f or function above 7",
    about: "A PCI bus has 32 slots of 8 functions, and libvirt knows 256 buses. Check the \
            base: slot=20 is 0x14.",
    machine: "pc",
    wrong: "<sound model='ac97'><address type='pci' slot='0x20'/></sound>",
    right: "<sound model='ac97'><address type='pci' slot='0x1e'/></sound>",
    fixes: Some(fixes::pci),
};
