//! A parallel port on a machine without one.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::MachineKind;
use crate::model::{Code, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ParallelMachine,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a parallel port on a machine without one",
    about: "pSeries and s390x have no parallel ports.",
    machine: "pseries",
    wrong: "<parallel type='pty'/>",
    right: "<serial type='pty'/>",
    fixes: Some(fixes::remove),
};

/// Source: `qemu_validate.c: qemuValidateDomainChrDef`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let kind = evidence.machine().kind;
    if kind != MachineKind::Pseries && !evidence.domain.arch.is_s390() {
        return;
    }
    for device in evidence.domain.of_class(DeviceClass::Parallel) {
        let problem = RULE
            .problem("this machine has no parallel ports")
            .quoting("unsupported configuration: parallel ports are not supported")
            .helping("remove it, or write a <serial> device");
        found.push(evidence.on(problem, device));
    }
}
