//! A device of the board on another bus than 0.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "pci-not-on-board",
    severity: Severity::Error,
    at_start: false,
    summary: "a device of the board on another bus than 0",
    about: "virtio-iommu and pvpanic on PCI have to be on bus 0.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pcie-root-port'/>
<iommu model='virtio'><address type='pci' bus='0x01' slot='0x00'/></iommu>",
    right: "<controller type='pci' index='1' model='pcie-root-port'/>
<iommu model='virtio'><address type='pci' bus='0x00' slot='0x05'/></iommu>",
    find: None,
    mend: Some(mend::pci),
};
