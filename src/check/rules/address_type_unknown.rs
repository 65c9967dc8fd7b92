//! An `<address>` of a type that libvirt does not know.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "address-type-unknown",
    severity: Severity::Error,
    at_start: false,
    summary: "an <address> of a type that libvirt does not know",
    about: "The word in type= is compared letter by letter: PCI in capitals is unknown as well.",
    machine: "pc",
    wrong: "<sound model='ac97'><address type='PCI' slot='0x04'/></sound>",
    right: "<sound model='ac97'><address type='pci' slot='0x04'/></sound>",
    find: None,
    mend: Some(mend::let_choose),
};
