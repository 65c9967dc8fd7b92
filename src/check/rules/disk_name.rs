//! A disk without an address whose name libvirt cannot number.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::drive::unknown_name`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::DiskName,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a disk without an address whose name libvirt cannot number",
    about: "Without an address a disk gets its place from its name: sdb is the second of its \
            bus. A name of another form has no number.",
    machine: "pc",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='disk1' bus='virtio'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/></disk>",
    fixes: Some(fixes::rename_disk),
};
