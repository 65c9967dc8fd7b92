//! A memory slot that the guest does not have.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Address, Code, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::DimmSlotRange,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a memory slot that the guest does not have",
    about: "<maxMemory slots=> is the number of slots; they count from 0.",
    machine: "pc",
    wrong: "<maxMemory slots='4' unit='KiB'>8388608</maxMemory><cpu><numa><cell id='0' cpus='0' memory='1048576'/></numa></cpu><devices><memory model='dimm'><target><size unit='KiB'>524288</size><node>0</node></target><address type='dimm' slot='4'/></memory></devices>",
    right: "<maxMemory slots='4' unit='KiB'>8388608</maxMemory><cpu><numa><cell id='0' cpus='0' memory='1048576'/></numa></cpu><devices><memory model='dimm'><target><size unit='KiB'>524288</size><node>0</node></target><address type='dimm' slot='3'/></memory></devices>",
    fixes: Some(fixes::let_choose),
};

/// Source: `qemu_validate.c: qemuValidateDomainDefMemoryHotplugDevice`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let Some(slots) = evidence.domain.features.memory_slots else { return };
    for device in evidence.domain.of_class(DeviceClass::Memory) {
        let Some(Address::Dimm(dimm)) = device.address() else { continue };
        let slot = dimm.slot;
        if slot >= slots {
            let problem = RULE
                .problem(format!("there is no memory slot {slot}: the guest has {slots}"))
                .quoting(format!(
                    "unsupported configuration: memory device slot '{slot}' exceeds slots count \
                     '{slots}'"
                ))
                .helping("choose a lower slot, or raise <maxMemory slots=>");
            found.push(evidence.on(problem, device));
        }
    }
}
