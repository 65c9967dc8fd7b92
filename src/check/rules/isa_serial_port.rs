//! Two ISA serial ports of one number, or more than four.

use std::collections::{HashMap, HashSet};

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::{Device, DeviceClass, Fix, Part, Problem, Severity};

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "isa-serial-port",
    severity: Severity::Error,
    at_start: true,
    summary: "two ISA serial ports of one number, or more than four",
    about: "A PC has four serial ports, COM1 to COM4; each number is given once. libvirt says so when the \
              guest starts.",
    machine: "pc",
    wrong: "<serial type='pty'><target type='isa-serial' port='0'/></serial>
<serial type='pty'><target type='isa-serial' port='0'/></serial>",
    right: "<serial type='pty'><target type='isa-serial' port='0'/></serial>
<serial type='pty'><target type='isa-serial' port='1'/></serial>",
    find: Some(find),
    mend: Some(mend),
};

/// `domain_postparse.c: virDomainChrIsaSerialDefPostParse`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let mut known: HashMap<u32, &Device> = HashMap::new();
    let ports = evidence.pairs().filter(|(_, device)| is_isa(device));
    for (nth, (written, _)) in ports.enumerate() {
        let port = written.chardev().and_then(|chardev| chardev.target_port);
        if nth >= MOST || port.is_some_and(|port| port >= 4) {
            let problem = RULE
                .problem("a guest has four ISA serial ports, 0 to 3")
                .quoting("internal error: Maximum supported number of ISA serial ports is '4'")
                .helping("use pci-serial or usb-serial for more");
            found.push(evidence.on_attribute(problem, written, ("target", "port")));
            continue;
        }
        let Some(port) = port else { continue };
        let Some(first) = known.get(&port).copied() else {
            known.insert(port, written);
            continue;
        };
        let problem = RULE
            .problem(format!("two serial ports have the number {port}"))
            .quoting(format!("internal error: target port '{port}' already allocated"))
            .helping("give one of them another port=");
        let problem = evidence.on_attribute(problem, written, ("target", "port"));
        found.push(evidence.on_attribute(problem, first, ("target", "port")));
    }
}

/// Ports of a PC (`domain_conf.h: VIR_MAX_ISA_SERIAL_PORTS`).
const MOST: usize = 4;

fn is_isa(device: &Device) -> bool {
    device.class() == DeviceClass::Serial && device.variant() == Some("isa-serial")
}

fn mend(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let taken: HashSet<u32> = evidence
        .domain
        .devices
        .iter()
        .filter(|device| device.class() == DeviceClass::Serial)
        .filter_map(|device| device.chardev()?.target_port)
        .collect();
    let free = (0..4).find(|port| !taken.contains(port));
    let moved = mend::written(evidence, problem).filter_map(|device| {
        let free = free?.to_string();
        let title = format!("give {} port {free}", mend::name(device));
        Some(Fix::new(title, mend::set(device.key, Part::Child("target"), "port", free)))
    });
    moved.chain(mend::remove(evidence, problem)).collect()
}
