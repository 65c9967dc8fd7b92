//! Serial ports without a type that become ISA ports of one number, or more than four.

use super::isa_serial_port::{clashes, find_fixes, is_isa, problem_of};
use crate::check::evidence::Evidence;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Device, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::IsaSerialDefault,
    severity: Severity::Error,
    stage: Stage::Start(find),
    summary: "serial ports without a type that become ISA ports of one number, or more than four",
    about: "On a PC a serial port without a type is an ISA port. libvirt checks the numbers of \
            such ports when the guest starts.",
    machine: "pc",
    wrong: "<serial type='pty'><target port='0'/></serial>
<serial type='pty'><target port='0'/></serial>",
    right: "<serial type='pty'><target port='0'/></serial>
<serial type='pty'><target port='1'/></serial>",
    fixes: Some(find_fixes),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let ports =
        || evidence.pairs().filter(|(_, device)| is_isa(device)).map(|(written, _)| written);
    let says_isa: Vec<&Device> = ports().filter(|port| is_isa(port)).collect();
    if ports().count() == says_isa.len() || !clashes(says_isa.into_iter()).is_empty() {
        // These ports are checked when the guest is defined.
        return;
    }
    found.extend(clashes(ports()).into_iter().map(|clash| problem_of(evidence, &RULE, clash)));
}
