//! Two memory modules in one slot.

use std::collections::HashMap;

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Address, Code, Device, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::DimmSlotDoubleUse,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "two memory modules in one slot",
    about: "Each module needs its own slot.",
    machine: "pc",
    wrong: "<maxMemory slots='4' unit='KiB'>8388608</maxMemory><cpu><numa><cell id='0' cpus='0' memory='1048576'/></numa></cpu><devices><memory model='dimm'><target><size unit='KiB'>524288</size><node>0</node></target><address type='dimm' slot='0'/></memory>
<memory model='dimm'><target><size unit='KiB'>524288</size><node>0</node></target><address type='dimm' slot='0'/></memory></devices>",
    right: "<maxMemory slots='4' unit='KiB'>8388608</maxMemory><cpu><numa><cell id='0' cpus='0' memory='1048576'/></numa></cpu><devices><memory model='dimm'><target><size unit='KiB'>524288</size><node>0</node></target><address type='dimm' slot='0'/></memory>
<memory model='dimm'><target><size unit='KiB'>524288</size><node>0</node></target><address type='dimm' slot='1'/></memory></devices>",
    fixes: Some(fixes::let_choose),
};

/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefMemory`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let mut known: HashMap<u32, &Device> = HashMap::new();
    for device in evidence.domain.of_class(DeviceClass::Memory) {
        let Some(Address::Dimm(dimm)) = device.address() else { continue };
        let Some(first) = known.get(&dimm.slot).copied() else {
            known.insert(dimm.slot, device);
            continue;
        };
        let slot = dimm.slot;
        let problem = RULE
            .problem(format!("memory slot {slot} has two modules"))
            .quoting(format!(
                "unsupported configuration: memory device slot '{slot}' is already being used by \
                 another memory device"
            ))
            .helping("choose another slot, or remove the address");
        found.push(evidence.on(evidence.on(problem, device), first));
    }
}
