//! A PCI controller on a machine that has no PCI.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::{Feature, MachineKind};
use crate::model::{Code, ControllerKind, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciMachine,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a PCI controller on a machine that has no PCI",
    about: "isapc, microvm and boards such as vexpress have no PCI. libvirt up to 11.3 accepts the \
            controller, and the guest does not start.",
    machine: "isapc",
    wrong: "<controller type='pci' index='0' model='pci-root'/>",
    right: "<serial type='pty'/>",
    fixes: Some(fixes::remove),
};

/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefControllerPCI`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let machine = evidence.machine();
    let is_without = matches!(
        machine.kind,
        MachineKind::Isapc
            | MachineKind::Microvm
            | MachineKind::Vexpress
            | MachineKind::OtherArm
            | MachineKind::OtherRiscv
    );
    if !is_without || !machine.has(Feature::PciMachines) {
        return;
    }
    let name = evidence.domain.machine.as_deref().unwrap_or_default();
    for (device, controller) in evidence.domain.controllers() {
        if controller.kind != ControllerKind::Pci {
            continue;
        }
        let problem = RULE
            .problem(format!("machine {name} has no PCI"))
            .quoting(format!(
                "unsupported configuration: Machine type '{name}' does not support PCI"
            ))
            .helping("remove the controller, or choose another machine");
        found.push(evidence.on(problem, device));
    }
}
