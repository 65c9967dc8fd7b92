//! A serial port that the machine does not have.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage, quoted};
use crate::machine::{Machine, MachineKind};
use crate::model::{Code, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::SerialMachine,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a serial port that the machine does not have",
    about: "spapr-vio ports are for pSeries, sclp ports for IBM Z, a pl011 for ARM virt, a 16550a of the \
              board for RISC-V virt.",
    machine: "pc",
    wrong: "<serial type='pty'><target type='spapr-vio-serial'><model name='spapr-vty'/></target></serial>",
    right: "<serial type='pty'><target type='isa-serial'><model name='isa-serial'/></target></serial>",
    fixes: Some(fixes::remove),
};

/// Target type, its model, and the machines that have it.
type TargetRow = (&'static str, &'static str, fn(Machine) -> bool);

/// Source: `qemu_validate.c: qemuValidateDomainChrTargetDef`.
const ONLY: &[TargetRow] = &[
    ("spapr-vio-serial", "spapr-vty", |machine| machine.kind == MachineKind::Pseries),
    ("sclp-serial", "sclpconsole", |machine| machine.arch.is_s390()),
    ("sclp-serial", "sclplmconsole", |machine| machine.arch.is_s390()),
    ("system-serial", "pl011", |machine| machine.kind == MachineKind::ArmVirt),
    ("system-serial", "16550a", |machine| {
        matches!(machine.kind, MachineKind::RiscvVirt | MachineKind::LoongarchVirt)
    }),
];

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let ports = evidence.pairs().filter(|(device, _)| device.class() == DeviceClass::Serial);
    for (written, device) in ports {
        let Some(chardev) = device.chardev() else { continue };
        let target = chardev.target_type.as_deref().unwrap_or_default();
        let model = chardev.target_model.as_deref();
        let row = ONLY.iter().find(|row| match model {
            Some(model) => row.1 == model,
            // The board's own port has the model of the board.
            None => row.0 == target && target != "system-serial",
        });
        let Some((_, model, _)) = row.filter(|row| !row.2(evidence.machine())) else { continue };
        let problem = RULE
            .problem(format!("this machine has no {model}"))
            .quoting(format!(
                "unsupported configuration: Serial device with target type {} and target model \
                 '{model}' not compatible with guest architecture or machine type",
                quoted(target)
            ))
            .helping("leave <target type=> out, so that libvirt takes the machine's own");
        found.push(evidence.on_attribute(problem, written, ("target", "type")));
    }
}
