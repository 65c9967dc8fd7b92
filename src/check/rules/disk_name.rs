//! A disk whose name libvirt cannot number, and no address.

use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// The rule, found by `assign::drive::unknown_name`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::DiskName,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a disk whose name libvirt cannot number, and no address",
    about: "Without an address a disk gets the place its name stands for: sdb is the second of its bus. \
              A name of another form stands for none.",
    machine: "pc",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='disk1' bus='virtio'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/></disk>",
    mend: Some(mend::rename_disk),
};
