//! An unknown value in an attribute of an address or controller.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `xml::decode::reader::Reader::switch` and `xml::decode::controller::decode`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::WordUnknown,
    severity: Severity::Error,
    stage: Stage::Decode,
    summary: "an unknown value in an attribute of an address or controller",
    about: "libvirt compares values exactly and refuses the definition if one is unknown.",
    machine: "pc",
    wrong: "<sound model='ac97'><address type='pci' slot='0x04' multifunction='yes'/></sound>",
    right: "<sound model='ac97'><address type='pci' slot='0x04' multifunction='on'/></sound>",
    fixes: Some(fixes::let_choose),
};
