//! A slot above the highest of its bus.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "pci-slot-too-high",
    severity: Severity::Error,
    at_start: false,
    summary: "a slot above the highest of its bus",
    about: "A root port or downstream port has one slot, 0, with eight functions.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pcie-root-port'/>
<interface type='user'><model type='virtio'/><address type='pci' bus='0x01' slot='0x05'/></interface>",
    right: "<controller type='pci' index='1' model='pcie-root-port'/>
<interface type='user'><model type='virtio'/><address type='pci' bus='0x01' slot='0x00'/></interface>",
    find: None,
    mend: Some(mend::pci),
};
