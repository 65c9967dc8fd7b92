//! A word that libvirt does not know in an attribute of an address or controller.

use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// The rule, found by `xml::decode::reader::Reader::switch` and `xml::decode::controller::decode`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::WordUnknown,
    severity: Severity::Error,
    stage: Stage::Decode,
    summary: "a word that libvirt does not know in an attribute of an address or controller",
    about: "libvirt compares words letter by letter and refuses the definition for others.",
    machine: "pc",
    wrong: "<sound model='ac97'><address type='pci' slot='0x04' multifunction='yes'/></sound>",
    right: "<sound model='ac97'><address type='pci' slot='0x04' multifunction='on'/></sound>",
    mend: Some(mend::let_choose),
};
