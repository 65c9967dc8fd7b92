//! An `<address>` without type=.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `xml::decode::address::Fields::value`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::AddressTypeMissing,
    severity: Severity::Error,
    stage: Stage::Decode,
    summary: "an <address> without type=",
    about: "Without a type libvirt does not know the kind of bus, and refuses the definition.",
    machine: "pc",
    wrong: "<sound model='ac97'><address slot='0x04'/></sound>",
    right: "<sound model='ac97'><address type='pci' slot='0x04'/></sound>",
    fixes: Some(fixes::let_choose),
};
