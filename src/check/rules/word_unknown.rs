//! A word that libvirt does not know in an attribute of an address or controller.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "word-unknown",
    severity: Severity::Error,
    at_start: false,
    summary: "a word that libvirt does not know in an attribute of an address or controller",
    about: "libvirt compares words letter by letter and refuses the definition for others.",
    machine: "pc",
    wrong: "<sound model='ac97'><address type='pci' slot='0x04' multifunction='yes'/></sound>",
    right: "<sound model='ac97'><address type='pci' slot='0x04' multifunction='on'/></sound>",
    find: None,
    mend: Some(mend::let_choose),
};
