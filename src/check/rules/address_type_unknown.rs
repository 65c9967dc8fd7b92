//! An `<address>` of a type that libvirt does not know.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `xml::decode::address::Fields::unknown`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::AddressTypeUnknown,
    severity: Severity::Error,
    stage: Stage::Decode,
    summary: "an <address> of a type that libvirt does not know",
    about: "type= is compared exactly: PCI in capitals is unknown as well.",
    machine: "pc",
    wrong: "<sound model='ac97'><address type='PCI' slot='0x04'/></sound>",
    right: "<sound model='ac97'><address type='pci' slot='0x04'/></sound>",
    fixes: Some(fixes::let_choose),
};
