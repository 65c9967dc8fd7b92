//! An `<address>` without type=.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "address-type-missing",
    severity: Severity::Error,
    at_start: false,
    summary: "an <address> without type=",
    about: "libvirt cannot tell which kind of bus an address without a type is on, and refuses the \
              definition.",
    machine: "pc",
    wrong: "<sound model='ac97'><address slot='0x04'/></sound>",
    right: "<sound model='ac97'><address type='pci' slot='0x04'/></sound>",
    find: None,
    mend: Some(mend::let_choose),
};
