//! A virtio disk with an address of another kind of disk.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::order::refuse_misplaced_disk`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::VirtioDiskAddress,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a virtio disk with an address of another kind of disk",
    about: "A virtio disk is itself a PCI device (or a ccw or virtio-mmio one) and is on no \
            drive controller.",
    machine: "pc",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/><address type='drive' controller='0' unit='0'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/><address type='pci' slot='0x05'/></disk>",
    fixes: Some(fixes::let_choose),
};
