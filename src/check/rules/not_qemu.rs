//! A guest of another hypervisor than QEMU.

use crate::check::evidence::Evidence;
use crate::check::rule::{Rule, Stage, quoted};
use crate::model::{Code, Problem, Severity};
use crate::xml::Attribute;

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::NotQemu,
    severity: Severity::Note,
    stage: Stage::Check(find),
    summary: "a guest of another hypervisor than QEMU",
    about: "Machines, buses and rules are those of QEMU. Guests of Xen, LXC, bhyve, VMware and others are drawn as written, \
            and nothing else is checked.",
    machine: "pc",
    wrong: "",
    right: "",
    fixes: None,
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    if evidence.domain.is_of_qemu() {
        return;
    }
    let hypervisor = evidence.domain.hypervisor.as_deref().unwrap_or_default();
    let problem = RULE
        .problem(format!("a guest of {}, not of QEMU: it is drawn as written", quoted(hypervisor)))
        .helping("its addresses are not checked; check it with its hypervisor");
    found.push(problem.at(evidence.root().attribute("type").map(Attribute::value_span)));
}
