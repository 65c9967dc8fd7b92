//! A mediated device with an address that is not for its kind.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::hostdev::check_mediated`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::MdevAddress,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a mediated device with an address that is not for its kind",
    about: "vfio-pci devices are on PCI, vfio-ccw in the channel subsystem, vfio-ap has no \
            address.",
    machine: "pc",
    wrong: "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='53764d0e-85a0-42b4-af5c-2046b460b1dc'/></source><address type='drive' controller='0'/></hostdev>",
    right: "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='53764d0e-85a0-42b4-af5c-2046b460b1dc'/></source><address type='pci' slot='0x05'/></hostdev>",
    fixes: Some(fixes::let_choose),
};
