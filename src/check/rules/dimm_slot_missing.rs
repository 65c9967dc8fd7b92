//! A memory module address without slot=.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `xml::decode::address::Fields::dimm`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::DimmSlotMissing,
    severity: Severity::Error,
    stage: Stage::Decode,
    summary: "a memory module address without slot=",
    about: "QEMU can choose the base address of a memory module. Its slot must be written when \
            there is an address.",
    machine: "pc",
    wrong: "<maxMemory slots='4' unit='KiB'>8388608</maxMemory><cpu><numa><cell id='0' cpus='0' memory='1048576'/></numa></cpu><devices><memory model='dimm'><target><size unit='KiB'>524288</size><node>0</node></target><address type='dimm' base='0x100000000'/></memory></devices>",
    right: "<maxMemory slots='4' unit='KiB'>8388608</maxMemory><cpu><numa><cell id='0' cpus='0' memory='1048576'/></numa></cpu><devices><memory model='dimm'><target><size unit='KiB'>524288</size><node>0</node></target><address type='dimm' slot='0' base='0x100000000'/></memory></devices>",
    fixes: Some(fixes::let_choose),
};
