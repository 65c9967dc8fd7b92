//! PCI controller 0 is not the root that the machine has.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "pci-root-model",
    severity: Severity::Error,
    at_start: false,
    summary: "PCI controller 0 is not the root that the machine has",
    about: "An i440FX machine begins with pci-root, q35 and ARM virt with pcie-root. A bridge or port \
              without index= takes index 0 and is refused for the same reason.",
    machine: "q35",
    wrong: "<controller type='pci' index='0' model='pci-root'/>",
    right: "<controller type='pci' index='0' model='pcie-root'/>",
    find: None,
    mend: Some(mend::other_index),
};
