//! NVRAM of pSeries on another machine.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Arch, Code, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::NvramMachine,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "an <nvram> device on another machine than pSeries",
    about: "The device holds the settings of the firmware of Power machines. The <nvram> of UEFI is in <os>.",
    machine: "pc",
    wrong: "<nvram/>",
    right: "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
    fixes: Some(fixes::remove),
};

/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefNVRAM`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    if matches!(evidence.domain.arch, Arch::Ppc64 | Arch::Ppc64le) {
        return;
    }
    for device in evidence.domain.of_class(DeviceClass::Nvram) {
        let problem = RULE
            .problem("an <nvram> device is for pSeries machines")
            .quoting("unsupported configuration: nvram device is only supported for PPC64")
            .helping("remove it; <nvram> of UEFI is written in <os>");
        found.push(evidence.on(problem, device));
    }
}
