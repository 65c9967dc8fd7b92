//! A drive controller with thousands missing below it.

use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// The rule, found by `assign::drive::add_missing`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ControllerFarAway,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a drive controller with thousands missing below it",
    about: "libvirt writes every controller from 0 to the highest that is used; with thousands it is a \
              slip of the pen that no guest survives.",
    machine: "pc",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='scsi'/><address type='drive' controller='4096' unit='0'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='scsi'/><address type='drive' controller='0' unit='0'/></disk>",
    mend: Some(mend::let_choose),
};
