//! A memory device in a guest without `<maxMemory>`.

use crate::check::evidence::Evidence;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::MemoryNoMaximum,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a memory device in a guest without <maxMemory>",
    about: "<maxMemory slots=> reserves address space and slots for memory devices of every model.",
    machine: "q35",
    wrong: "<devices><memory model='dimm'><target><size unit='MiB'>128</size><node>0</node></target></memory></devices>",
    right: "<maxMemory slots='4' unit='MiB'>1024</maxMemory><devices><memory model='dimm'><target><size unit='MiB'>128</size><node>0</node></target></memory></devices>",
    fixes: None,
};

/// Source: `qemu_domain.c: qemuDomainDefValidateMemoryHotplug`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    if evidence.domain.features.memory_slots.is_some() {
        return;
    }
    for device in evidence.domain.of_class(DeviceClass::Memory).take(1) {
        let problem = RULE
            .problem("a memory device needs <maxMemory> in the domain")
            .quoting(
                "unsupported configuration: cannot use/hotplug a memory device when domain \
                 'maxMemory' is not defined",
            )
            .helping("add <maxMemory slots='16' unit='GiB'>...</maxMemory> before <memory>");
        found.push(evidence.on(problem, device));
    }
}
