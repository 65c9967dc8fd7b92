//! A machine type that QEMU does not have.

use crate::check::evidence::Evidence;
use crate::check::rule::{Rule, Stage, quoted};
use crate::machine::unknown_machine;
use crate::model::{Code, Problem, Severity};
use crate::xml::Attribute;

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::MachineUnknown,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a machine type that QEMU does not have",
    about: "Buses, controllers and default devices depend on the machine type, so nothing else is checked.",
    machine: "pc",
    wrong: "",
    right: "",
    fixes: None,
};

/// Source: `qemu_capabilities.c: virQEMUCapsIsMachineSupported`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let Some(near) = unknown_machine(evidence.domain) else { return };
    let name = evidence.domain.machine.as_deref().unwrap_or_default();
    let os = evidence.root().children().filter(|child| child.is("os"));
    let mut types = os.filter_map(|os| os.child("type"));
    let span = types.find_map(|kind| kind.attribute("machine")).map(Attribute::value_span);
    let problem = RULE
        .problem(format!("there is no machine type {}", quoted(name)))
        .helping(format!("did you mean '{near}'?"));
    found.push(problem.at(span));
}
