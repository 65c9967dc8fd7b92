//! More memory modules than slots.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::dimm::assign`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::DimmNoSlot,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "more memory modules than slots",
    about: "<maxMemory slots=> is the number of modules that fit.",
    machine: "pc",
    wrong: "<maxMemory slots='1' unit='KiB'>8388608</maxMemory><cpu><numa><cell id='0' cpus='0' memory='1048576'/></numa></cpu><devices><memory model='dimm'><target><size unit='KiB'>524288</size><node>0</node></target><address type='dimm' slot='0'/></memory><memory model='dimm'><target><size unit='KiB'>524288</size><node>0</node></target></memory></devices>",
    right: "<maxMemory slots='2' unit='KiB'>8388608</maxMemory><cpu><numa><cell id='0' cpus='0' memory='1048576'/></numa></cpu><devices><memory model='dimm'><target><size unit='KiB'>524288</size><node>0</node></target><address type='dimm' slot='0'/></memory><memory model='dimm'><target><size unit='KiB'>524288</size><node>0</node></target></memory></devices>",
    fixes: Some(fixes::remove),
};
