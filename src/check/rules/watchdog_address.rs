//! A watchdog with an address that is not for its model.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{AddressKind, Code, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::WatchdogAddress,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a watchdog with an address that is not for its model",
    about: "i6300esb is on PCI; other watchdogs belong to the machine or the processor.",
    machine: "pc",
    wrong: "<watchdog model='ib700' action='reset'><address type='isa' iobase='0x443'/></watchdog>",
    right: "<watchdog model='i6300esb' action='reset'><address type='pci' slot='0x05'/></watchdog>",
    fixes: Some(fixes::let_choose),
};

/// Source: `qemu_validate.c: qemuValidateDomainWatchdogDef`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let devices = evidence.pairs().filter(|(written, _)| written.class() == DeviceClass::Watchdog);
    for (written, device) in devices {
        let Some(kind) = Evidence::kind(written) else { continue };
        let model = device.variant().unwrap_or_default();
        let what = match (model, kind) {
            ("i6300esb", kind) if kind != AddressKind::Pci => "can go only on PCI bus",
            ("ib700", _) => "does not support configuring the address",
            ("diag288", _) => "is virtual and cannot go on any bus.",
            ("itco", _) => "is part of the machine and cannot have any address set.",
            _ => continue,
        };
        let words = format!("unsupported configuration: {model} model of watchdog {what}");
        let message = format!("{} has no address of type {}", device.title(), kind.as_str());
        let problem = RULE.problem(message).quoting(words).helping("remove the address");
        found.push(evidence.on(problem, written));
    }
}
