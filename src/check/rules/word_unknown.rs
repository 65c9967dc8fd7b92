//! An unknown value in an attribute.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `xml::decode::reader::Reader::switch`, `xml::decode::controller::decode` and
/// `xml::decode::vocabulary::unknown`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::WordUnknown,
    severity: Severity::Error,
    stage: Stage::Decode,
    summary: "an unknown value in an attribute",
    about: "libvirt compares values exactly and refuses the definition if one is unknown.",
    machine: "pc",
    wrong: "<sound model='ac97'><address type='pci' slot='0x04' multifunction='yes'/></sound>",
    right: "<sound model='ac97'><address type='pci' slot='0x04' multifunction='on'/></sound>",
    fixes: Some(fixes::let_choose),
};
