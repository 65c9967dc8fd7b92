//! An `<address>` of a type that libvirt does not know.

use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// The rule, found by `xml::decode::address::Fields::unknown`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::AddressTypeUnknown,
    severity: Severity::Error,
    stage: Stage::Decode,
    summary: "an <address> of a type that libvirt does not know",
    about: "The word in type= is compared letter by letter: PCI in capitals is unknown as well.",
    machine: "pc",
    wrong: "<sound model='ac97'><address type='PCI' slot='0x04'/></sound>",
    right: "<sound model='ac97'><address type='pci' slot='0x04'/></sound>",
    mend: Some(mend::let_choose),
};
