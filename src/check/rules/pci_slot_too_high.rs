//! A slot above the highest of its bus.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `topology::verdict::PciBuses::explain`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciSlotTooHigh,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "a slot above the highest of its bus",
    about: "A root port or downstream port has one slot, 0, with eight functions.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pcie-root-port'/>
<interface type='user'><model type='virtio'/><address type='pci' bus='0x01' slot='0x05'/></interface>",
    right: "<controller type='pci' index='1' model='pcie-root-port'/>
<interface type='user'><model type='virtio'/><address type='pci' bus='0x01' slot='0x00'/></interface>",
    fixes: Some(fixes::pci),
};
