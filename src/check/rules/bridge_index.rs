//! A pci-bridge on a bus whose number is not below its own.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `topology::bridge_nesting::bridge_order`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::BridgeIndex,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "a pci-bridge on a bus whose number is not below its own",
    about: "libvirt requires that a pci-bridge has a higher index than the bus it is on.",
    machine: "pc",
    wrong: "<controller type='pci' index='1' model='pci-bridge'><address type='pci' bus='0x02' slot='0x05'/></controller>
<controller type='pci' index='2' model='pci-bridge'><address type='pci' bus='0x00' slot='0x06'/></controller>",
    right: "<controller type='pci' index='1' model='pci-bridge'><address type='pci' bus='0x00' slot='0x05'/></controller>
<controller type='pci' index='2' model='pci-bridge'><address type='pci' bus='0x01' slot='0x06'/></controller>",
    fixes: Some(fixes::pci),
};
