//! An NVMe controller without a serial number, or with two.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::nvme::check_serials`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::NvmeSerial,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "an NVMe controller without a serial number, or with two",
    about: "The number is written in the controller or in one of its disks. Controllers that \
            libvirt adds have that of their disks.",
    machine: "q35",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='nvme0n1' bus='nvme'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='nvme0n1' bus='nvme'/><serial>abc</serial></disk>",
    fixes: Some(fixes::remove),
};
