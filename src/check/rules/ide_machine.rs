//! An IDE controller that the machine does not have.

use crate::check::evidence::{Evidence, disks};
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::MachineKind;
use crate::model::{Change, Code, ControllerIndex, ControllerKind, Fix, Part, Problem, Severity};
use crate::topology::drive_kind;

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::IdeMachine,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "an IDE controller that the machine does not have",
    about: "i440FX and Malta machines have one IDE controller, others none; q35 has SATA.",
    machine: "q35",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='hda' bus='ide'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/></disk>",
    fixes: Some(find_fixes),
};

/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefControllerIDE`, `qemu_domain.c:
/// qemuDomainHasBuiltinIDE`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let has_one = matches!(evidence.machine().kind, MachineKind::I440fx | MachineKind::Malta)
        || matches!(evidence.domain.machine.as_deref(), Some("sun4u" | "g3beige"));
    for (device, controller) in evidence.controllers(ControllerKind::Ide) {
        let first = controller.index_or_zero() == ControllerIndex(0);
        // A controller that a disk drags in on such a machine is the disk's own problem.
        if has_one && (first || device.is_implied()) || device.is_implied() && !first {
            continue;
        }
        let (message, words) = if has_one {
            (
                "this machine has one IDE controller, index 0",
                "Only a single IDE controller is supported for this machine type",
            )
        } else {
            (
                "this machine has no IDE controller",
                "IDE controllers are unsupported for this QEMU binary or machine type",
            )
        };
        let mut problem = RULE
            .problem(message)
            .quoting(format!("unsupported configuration: {words}"))
            .helping("put the disks on SATA, SCSI or virtio");
        if !device.is_implied() {
            problem = evidence.on(problem, device);
        }
        for (device, disk) in disks(evidence.assigned) {
            if !has_one && drive_kind(disk) == Some(ControllerKind::Ide) {
                problem = evidence.on_attribute(problem, device, ("target", "bus"));
            }
        }
        found.push(problem);
    }
}

/// Every IDE disk goes to SATA, with the address it has there.
fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let mut changes = Vec::new();
    for device in fixes::written(evidence, problem) {
        if device.controller().is_some() {
            changes.push(Change::Remove(device.key()));
            continue;
        }
        changes.push(fixes::set(device.key(), Part::Child("target"), "bus", "sata"));
        if device.address.as_ref().is_some_and(|address| address.span.is_some()) {
            changes.push(Change::RemoveAddress(device.key()));
        }
    }
    vec![Fix::new("put the disks on SATA", Change::Batch(changes))]
}
