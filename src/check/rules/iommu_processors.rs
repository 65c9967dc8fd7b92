//! More than 255 processors without an IOMMU that supports them.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::{Feature, MachineKind};
use crate::model::{Code, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::IommuProcessors,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "more than 255 processors without an IOMMU that supports them",
    about: "Processors beyond the 255th need the extended interrupt mode of an intel IOMMU, or \
            since libvirt 12.2 of an amd or virtio one.",
    machine: "q35",
    wrong: "",
    right: "",
    fixes: Some(fixes::remove),
};

/// Source: `qemu_validate.c: qemuValidateDomainVCpuTopology`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let machine = evidence.machine();
    let is_asked = machine.kind == MachineKind::Q35 && evidence.domain.features.vcpus > 255;
    if !is_asked || machine.has(Feature::VirtioIommuForProcessors) {
        return;
    }
    let iommus = || evidence.assigned.of_class(DeviceClass::Iommu);
    if iommus().any(|device| device.variant() == Some("intel")) {
        return;
    }
    let problem = RULE
        .problem("more than 255 processors need an intel IOMMU")
        .quoting(
            "unsupported configuration: more than 255 vCPUs require extended interrupt mode \
             enabled on the iommu device",
        )
        .helping("add <iommu model='intel'> with <driver intremap='on' eim='on'/>, or use fewer");
    // An IOMMU of another model prevents libvirt from adding the needed one.
    found.push(match iommus().next() {
        Some(other) => evidence.on(problem, other),
        None => problem.at(evidence.whole()),
    });
}
