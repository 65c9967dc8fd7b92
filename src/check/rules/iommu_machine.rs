//! An IOMMU that the machine does not have.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::{Feature, MachineKind};
use crate::model::{Code, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::IommuMachine,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "an IOMMU that the machine does not have",
    about: "intel and amd are for q35, smmuv3 for ARM virt, virtio for both.",
    machine: "pc",
    wrong: "<iommu model='intel'/>",
    right: "<watchdog model='ib700' action='reset'/>",
    fixes: Some(fixes::remove),
};

/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefIOMMU`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let machine = evidence.machine();
    let (is_q35, is_virt) =
        (machine.kind == MachineKind::Q35, machine.kind == MachineKind::ArmVirt);
    for device in evidence.domain.of_class(DeviceClass::Iommu) {
        let model = device.variant().unwrap_or_default();
        let machines = match model {
            "intel" | "amd" if !is_q35 => "Q35 machines",
            "smmuv3" if !is_virt => "ARM Virt machines",
            "virtio" if !is_q35 && !is_virt => "Q35 and ARM Virt machines",
            _ => continue,
        };
        // An older libvirt does not know the model at all: another rule.
        if model == "amd" && !machine.has(Feature::AmdIommu) {
            continue;
        }
        let problem = RULE
            .problem(format!("IOMMU {model} is for {machines}"))
            .quoting(format!(
                "unsupported configuration: IOMMU device: '{model}' is only supported with {machines}"
            ))
            .helping("remove it");
        found.push(evidence.on(problem, device));
    }
}
