//! A virtio disk with an address that is none for it.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "virtio-disk-address",
    severity: Severity::Error,
    at_start: false,
    summary: "a virtio disk with an address that is none for it",
    about: "A virtio disk is a PCI device itself (or a ccw or virtio-mmio one) and sits on no drive \
              controller.",
    machine: "pc",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/><address type='drive' controller='0' unit='0'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/><address type='pci' slot='0x05'/></disk>",
    find: None,
    mend: Some(mend::let_choose),
};
