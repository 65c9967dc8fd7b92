//! A number that libvirt cannot read.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `xml::decode::reader::Reader::number`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::NumberMalformed,
    severity: Severity::Error,
    stage: Stage::Decode,
    summary: "a number that libvirt cannot read",
    about: "PCI numbers are decimal, hexadecimal after 0x, octal after 0; drive and USB \
            numbers are decimal; ISA ports and registers hexadecimal. Nothing may follow the \
            digits.",
    machine: "pc",
    wrong: "<sound model='ac97'><address type='pci' slot='4x'/></sound>",
    right: "<sound model='ac97'><address type='pci' slot='0x4'/></sound>",
    fixes: Some(fixes::let_choose),
};
