//! Two ISA serial ports of one number, or more than four.

use std::collections::{HashMap, HashSet};

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Device, DeviceClass, Fix, Part, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::IsaSerialPort,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "two ISA serial ports of one number, or more than four",
    about: "A PC has four serial ports, COM1 to COM4; each number may be used once.",
    machine: "pc",
    wrong: "<serial type='pty'><target type='isa-serial' port='0'/></serial>
<serial type='pty'><target type='isa-serial' port='0'/></serial>",
    right: "<serial type='pty'><target type='isa-serial' port='0'/></serial>
<serial type='pty'><target type='isa-serial' port='1'/></serial>",
    fixes: Some(find_fixes),
};

/// Source: `domain_postparse.c: virDomainChrIsaSerialDefPostParse`, for ports with type ISA.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let ports = evidence.domain.of_class(DeviceClass::Serial).filter(|port| is_isa(port));
    for clash in clashes(ports) {
        found.push(problem_of(evidence, &RULE, clash));
    }
}

/// A conflict of an ISA port with the others.
#[derive(Clone, Copy)]
pub(super) enum Clash<'g> {
    /// The port is one too many, or has a number above 3.
    TooMany(&'g Device),
    /// Two ports have this number.
    Double(&'g Device, &'g Device, u32),
}

/// The conflicts among these ports.
pub(super) fn clashes<'g>(ports: impl Iterator<Item = &'g Device>) -> Vec<Clash<'g>> {
    let mut known: HashMap<u32, &Device> = HashMap::new();
    let mut clashes = Vec::new();
    for (nth, port) in ports.enumerate() {
        let number = port.chardev().and_then(|chardev| chardev.target_port);
        match number {
            _ if nth >= MOST || number.is_some_and(|number| number >= 4) => {
                clashes.push(Clash::TooMany(port));
            }
            Some(number) => match known.get(&number) {
                Some(first) => clashes.push(Clash::Double(port, first, number)),
                None => {
                    known.insert(number, port);
                }
            },
            None => {}
        }
    }
    clashes
}

/// The problem of a rule that a clash is.
pub(super) fn problem_of(evidence: &Evidence<'_>, rule: &Rule, clash: Clash<'_>) -> Problem {
    let at = ("target", "port");
    match clash {
        Clash::TooMany(port) => {
            let problem = rule
                .problem("a guest has four ISA serial ports, 0 to 3")
                .quoting("internal error: Maximum supported number of ISA serial ports is '4'")
                .helping("use pci-serial or usb-serial for more");
            evidence.on_attribute(problem, port, at)
        }
        Clash::Double(port, first, number) => {
            let problem = rule
                .problem(format!("two serial ports have the number {number}"))
                .quoting(format!("internal error: target port '{number}' already allocated"))
                .helping("give one of them another port=");
            evidence.on_attribute(evidence.on_attribute(problem, port, at), first, at)
        }
    }
}

/// Ports of a PC (`domain_conf.h: VIR_MAX_ISA_SERIAL_PORTS`).
const MOST: usize = 4;

pub(super) fn is_isa(device: &Device) -> bool {
    device.class() == DeviceClass::Serial && device.variant() == Some("isa-serial")
}

pub(super) fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let taken: HashSet<u32> = evidence
        .domain
        .devices
        .iter()
        .filter(|device| device.class() == DeviceClass::Serial)
        .filter_map(|device| device.chardev()?.target_port)
        .collect();
    let free = (0..4).find(|port| !taken.contains(port));
    let moved = fixes::written(evidence, problem).filter_map(|device| {
        let free = free?.to_string();
        let title = format!("give {} port {free}", fixes::name(device));
        Some(Fix::new(title, fixes::set(device.key(), Part::Child("target"), "port", free)))
    });
    moved.chain(fixes::remove(evidence, problem)).collect()
}
