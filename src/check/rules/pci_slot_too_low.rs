//! A slot below the lowest of its bus.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `topology::verdict::PciBuses::explain`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciSlotTooLow,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "a slot below the lowest of its bus",
    about: "Slot 0 of a bridge is its own hot-plug controller.",
    machine: "pc",
    wrong: "<controller type='pci' index='1' model='pci-bridge'/>
<interface type='user'><model type='virtio'/><address type='pci' bus='0x01' slot='0x00'/></interface>",
    right: "<controller type='pci' index='1' model='pci-bridge'/>
<interface type='user'><model type='virtio'/><address type='pci' bus='0x01' slot='0x01'/></interface>",
    fixes: Some(fixes::pci),
};
