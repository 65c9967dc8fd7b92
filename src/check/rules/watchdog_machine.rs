//! A watchdog that the machine does not have, or that differs from the others.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::{Feature, MachineKind};
use crate::model::{Code, Device, DeviceClass, Kind, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::WatchdogMachine,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a watchdog that the machine does not have, or that differs from the others",
    about: "itco is a part of q35, which has one; ib700 is for pc, diag288 for s390x. All \
            watchdogs of a guest must have the same action.",
    machine: "pc",
    wrong: "<watchdog model='itco' action='reset'/>",
    right: "<watchdog model='ib700' action='reset'/>",
    fixes: Some(fixes::remove),
};

/// Source: `qemu_validate.c: qemuValidateDomainWatchdogDef`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let machine = evidence.machine();
    if !machine.has(Feature::WatchdogMachines) {
        return;
    }
    let watchdogs = || evidence.domain.of_class(DeviceClass::Watchdog);
    let first = watchdogs().next().map(action);
    let mut has_itco = false;
    for device in watchdogs() {
        let (message, words) = match device.variant() {
            Some("itco") if machine.kind != MachineKind::Q35 => (
                "itco is the watchdog of the q35 chipset",
                "itco model of watchdog is only part of q35 machine",
            ),
            Some("itco") if std::mem::replace(&mut has_itco, true) => (
                "the chipset has one TCO watchdog",
                "domain can only have one watchdog with model 'itco'",
            ),
            Some("diag288") if !evidence.domain.arch.is_s390() => (
                "diag288 is the watchdog of s390x",
                "diag288 model of watchdog is allowed for s390 and s390x only",
            ),
            Some("ib700") if machine.kind != MachineKind::I440fx => (
                "ib700 is for pc machines",
                "ib700 model of watchdog cannot be used with this machine type",
            ),
            _ if Some(action(device)) != first => (
                "all watchdogs of a guest have the same action",
                "watchdogs with different actions are not supported with this QEMU binary",
            ),
            _ => continue,
        };
        let problem = RULE
            .problem(message)
            .quoting(format!("unsupported configuration: {words}"))
            .helping("remove it, or choose model i6300esb and the action of the others");
        found.push(evidence.on(problem, device));
    }
}

/// The action of a watchdog; libvirt takes reset where none is written.
fn action(device: &Device) -> &str {
    match &device.kind {
        Kind::Watchdog(watchdog) => watchdog.name.as_deref().unwrap_or("reset"),
        _ => "reset",
    }
}
