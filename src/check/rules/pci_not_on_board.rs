//! A device of the board on a bus other than 0.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `topology::verdict::PciBuses::explain`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciNotOnBoard,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "a device of the board on a bus other than 0",
    about: "virtio-iommu and pvpanic on PCI have to be on bus 0.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pcie-root-port'/>
<iommu model='virtio'><address type='pci' bus='0x01' slot='0x00'/></iommu>",
    right: "<controller type='pci' index='1' model='pcie-root-port'/>
<iommu model='virtio'><address type='pci' bus='0x00' slot='0x05'/></iommu>",
    fixes: Some(fixes::pci),
};
