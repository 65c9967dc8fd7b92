//! A drive controller with thousands of missing controllers below its index.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::scsi::add_missing`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ControllerFarAway,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a drive controller with thousands of missing controllers below its index",
    about: "libvirt adds every controller from 0 to the highest that is used. An index in the \
            thousands is probably a mistake: no guest starts with that many.",
    machine: "pc",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='scsi'/><address type='drive' controller='4096' unit='0'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='scsi'/><address type='drive' controller='0' unit='0'/></disk>",
    fixes: Some(fixes::let_choose),
};
