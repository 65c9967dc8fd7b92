//! An `<address>` without type=.

use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// The rule, found by `xml::decode::address::Fields::value`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::AddressTypeMissing,
    severity: Severity::Error,
    stage: Stage::Decode,
    summary: "an <address> without type=",
    about: "libvirt cannot tell which kind of bus an address without a type is on, and refuses the \
              definition.",
    machine: "pc",
    wrong: "<sound model='ac97'><address slot='0x04'/></sound>",
    right: "<sound model='ac97'><address type='pci' slot='0x04'/></sound>",
    mend: Some(mend::let_choose),
};
