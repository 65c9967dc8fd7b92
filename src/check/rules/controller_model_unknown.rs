//! A model that this type of controller does not have.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage, quoted};
use crate::machine::controller_models;
use crate::model::{Code, Fix, Part, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ControllerModelUnknown,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a model that this type of controller does not have",
    about: "Floppy, SATA, CCID and Xen controllers have no model at all.",
    machine: "pc",
    wrong: "<controller type='scsi' index='0' model='lsi'/>",
    right: "<controller type='scsi' index='0' model='lsilogic'/>",
    fixes: Some(find_fixes),
};

/// PCI controllers are checked when their buses are opened.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (device, controller) in evidence.domain.controllers() {
        let Some(model) = controller.model.as_deref() else { continue };
        let Some(known) = controller_models(controller.kind) else { continue };
        if { known.clone() }.any(|known| known == model) {
            continue;
        }
        let known: Vec<&str> = known.collect();
        let close = known.iter().find(|known| strsim::damerau_levenshtein(model, known) <= 2);
        let help = match (close, known.is_empty()) {
            (Some(close), _) => format!("did you mean {close}?"),
            (None, true) => "this type of controller has no model".to_owned(),
            (None, false) => format!("libvirt knows {}", known.join(", ")),
        };
        let problem = RULE
            .problem(format!("{} is no model of a {}", quoted(model), controller.kind.as_str()))
            .quoting(format!("unsupported configuration: Unknown model type {}", quoted(model)))
            .helping(help);
        found.push(evidence.on_attribute(problem, device, ("", "model")));
    }
}

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    fixes::written(evidence, problem)
        .map(|device| {
            let change = fixes::unset(device.key(), Part::Own, "model");
            Fix::new("leave the model to libvirt", change)
        })
        .collect()
}
