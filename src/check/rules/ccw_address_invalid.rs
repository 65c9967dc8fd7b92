//! A channel subsystem address that is incomplete or out of range.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `xml::decode::address::Fields::ccw`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::CcwAddressInvalid,
    severity: Severity::Error,
    stage: Stage::Decode,
    summary: "a channel subsystem address that is incomplete or out of range",
    about: "Either all of cssid (at most 0xfe), ssid (at most 3) and devno (at most 0xffff) \
            are written, or none.",
    machine: "s390",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/><address type='ccw' cssid='0xfe' ssid='0x4' devno='0x0001'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/><address type='ccw' cssid='0xfe' ssid='0x3' devno='0x0001'/></disk>",
    fixes: Some(fixes::let_choose),
};
