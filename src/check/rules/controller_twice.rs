//! Two controllers of one type with the same index.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::implicit::check_doubles`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ControllerTwice,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "two controllers of one type with the same index",
    about: "An address names a controller by type and index, so these must be unique. USB \
            controllers are the exception: companions share an index.",
    machine: "pc",
    wrong: "<controller type='scsi' index='1' model='virtio-scsi'/>
<controller type='scsi' index='1' model='virtio-scsi'/>",
    right: "<controller type='scsi' index='1' model='virtio-scsi'/>
<controller type='scsi' index='2' model='virtio-scsi'/>",
    fixes: Some(fixes::other_index),
};
