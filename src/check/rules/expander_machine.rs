//! An expander bus that the machine does not support.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::MachineKind;
use crate::model::{Change, Code, Fix, Part, Problem, Severity};

/// Found by `assign::models::check_pci`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ExpanderMachine,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "an expander bus that the machine does not support",
    about: "pci-expander-bus is for i440FX, pcie-expander-bus for q35 and ARM virt.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pci-expander-bus'><model name='pxb'/><target busNr='254'/></controller>",
    right: "<controller type='pci' index='1' model='pcie-expander-bus'><target busNr='254'/></controller>",
    fixes: Some(find_fixes),
};

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let model = match evidence.machine().kind {
        MachineKind::I440fx => "pci-expander-bus",
        MachineKind::Q35 | MachineKind::ArmVirt => "pcie-expander-bus",
        _ => return fixes::remove(evidence, problem),
    };
    let other = fixes::written(evidence, problem).map(|device| {
        let mut changes = vec![fixes::set(device.key(), Part::Own, "model", model)];
        if device.controller().is_some_and(|controller| controller.model_name.is_some()) {
            // The QEMU device of the other model.
            changes.push(fixes::unset(device.key(), Part::Child("model"), "name"));
        }
        Fix::new(format!("make it a {model}"), Change::Batch(changes))
    });
    other.chain(fixes::remove(evidence, problem)).collect()
}
