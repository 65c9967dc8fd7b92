//! A mediated device with an address that is not for its kind.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "mdev-address",
    severity: Severity::Error,
    at_start: false,
    summary: "a mediated device with an address that is not for its kind",
    about: "vfio-pci devices are on PCI, vfio-ccw in the channel subsystem, vfio-ap nowhere.",
    machine: "pc",
    wrong: "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='53764d0e-85a0-42b4-af5c-2046b460b1dc'/></source><address type='drive' controller='0'/></hostdev>",
    right: "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='53764d0e-85a0-42b4-af5c-2046b460b1dc'/></source><address type='pci' slot='0x05'/></hostdev>",
    find: None,
    mend: Some(mend::let_choose),
};
