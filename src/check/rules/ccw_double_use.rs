//! Two devices with one number in the channel subsystem.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::ccw::assign`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::CcwDoubleUse,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "two devices with one number in the channel subsystem",
    about: "Every device of an IBM Z guest has its own number, such as fe.0.0001.",
    machine: "s390",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/><address type='ccw' cssid='0xfe' ssid='0x0' devno='0x0001'/></disk>
<disk type='file' device='disk'><source file='/b'/><target dev='vdb' bus='virtio'/><address type='ccw' cssid='0xfe' ssid='0x0' devno='0x0001'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/><address type='ccw' cssid='0xfe' ssid='0x0' devno='0x0001'/></disk>
<disk type='file' device='disk'><source file='/b'/><target dev='vdb' bus='virtio'/><address type='ccw' cssid='0xfe' ssid='0x0' devno='0x0002'/></disk>",
    fixes: Some(fixes::let_choose),
};
