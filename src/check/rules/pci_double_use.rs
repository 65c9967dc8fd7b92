//! Two devices at one PCI address.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `topology::verdict::PciBuses::taken`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciDoubleUse,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "two devices at one PCI address",
    about: "A function of a slot holds one device. Some functions belong to parts of the \
            machine that the XML does not mention.",
    machine: "pc",
    wrong:
        "<interface type='user'><model type='virtio'/><address type='pci' slot='0x04'/></interface>
<interface type='user'><model type='e1000'/><address type='pci' slot='0x04'/></interface>",
    right:
        "<interface type='user'><model type='virtio'/><address type='pci' slot='0x04'/></interface>
<interface type='user'><model type='e1000'/><address type='pci' slot='0x05'/></interface>",
    fixes: Some(fixes::pci),
};
