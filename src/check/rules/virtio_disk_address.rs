//! A virtio disk with an address that is none for it.

use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// The rule, found by `assign::order::refuse_misplaced_disk`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::VirtioDiskAddress,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a virtio disk with an address that is none for it",
    about: "A virtio disk is a PCI device itself (or a ccw or virtio-mmio one) and sits on no drive \
              controller.",
    machine: "pc",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/><address type='drive' controller='0' unit='0'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/><address type='pci' slot='0x05'/></disk>",
    mend: Some(mend::let_choose),
};
