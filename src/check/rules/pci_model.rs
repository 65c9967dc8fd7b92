//! A PCI controller without a model, or with one nobody knows.

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::{Fix, Part, Problem, Severity};

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "pci-model",
    severity: Severity::Error,
    at_start: false,
    summary: "a PCI controller without a model, or with one nobody knows",
    about: "What a PCI controller accepts, and where it plugs in, follows from its model.",
    machine: "q35",
    wrong: "<controller type='pci' index='1'/>",
    right: "<controller type='pci' index='1' model='pcie-root-port'/>",
    find: None,
    mend: Some(mend),
};

fn mend(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let model = if evidence.is_express() { "pcie-root-port" } else { "pci-bridge" };
    let named = mend::written(evidence, problem).map(|device| {
        let change = mend::set(device.key, Part::Own, "model", model);
        Fix::new(format!("make it a {model}"), change)
    });
    named.chain(mend::remove(evidence, problem)).collect()
}
