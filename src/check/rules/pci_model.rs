//! A PCI controller without a model, or with an unknown one.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Fix, Part, Problem, Severity};

/// Found by `assign::pass::Pass::open`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciModel,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a PCI controller without a model, or with an unknown one",
    about: "The model decides what a PCI controller accepts and where it can be plugged in.",
    machine: "q35",
    wrong: "<controller type='pci' index='1'/>",
    right: "<controller type='pci' index='1' model='pcie-root-port'/>",
    fixes: Some(find_fixes),
};

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let model = if evidence.is_express() { "pcie-root-port" } else { "pci-bridge" };
    let named = fixes::written(evidence, problem).map(|device| {
        let change = fixes::set(device.key(), Part::Own, "model", model);
        Fix::new(format!("make it a {model}"), change)
    });
    named.chain(fixes::remove(evidence, problem)).collect()
}
