//! A PCI controller without a model, or with one nobody knows.

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Fix, Part, Problem, Severity};

/// The rule, found by `assign::pci::Pass::open`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciModel,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a PCI controller without a model, or with one nobody knows",
    about: "What a PCI controller accepts, and where it plugs in, follows from its model.",
    machine: "q35",
    wrong: "<controller type='pci' index='1'/>",
    right: "<controller type='pci' index='1' model='pcie-root-port'/>",
    mend: Some(mend),
};

fn mend(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let model = if evidence.is_express() { "pcie-root-port" } else { "pci-bridge" };
    let named = mend::written(evidence, problem).map(|device| {
        let change = mend::set(device.key(), Part::Own, "model", model);
        Fix::new(format!("make it a {model}"), change)
    });
    named.chain(mend::remove(evidence, problem)).collect()
}
