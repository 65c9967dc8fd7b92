//! A number that libvirt cannot read.

use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// The rule, found by `xml::decode::reader::Reader::number`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::NumberMalformed,
    severity: Severity::Error,
    stage: Stage::Decode,
    summary: "a number that libvirt cannot read",
    about: "Each attribute is read in a base of its own: PCI numbers are decimal, hexadecimal behind 0x, \
              octal behind 0; drive and USB numbers are decimal; ISA ports and registers hexadecimal. \
              Nothing may stand behind the digits.",
    machine: "pc",
    wrong: "<sound model='ac97'><address type='pci' slot='4x'/></sound>",
    right: "<sound model='ac97'><address type='pci' slot='0x4'/></sound>",
    mend: Some(mend::let_choose),
};
