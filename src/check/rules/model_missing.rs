//! A device that has to say its model and does not.

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, DeviceClass, Fix, Part, Problem, Severity};

/// The rule, found by `assign::models::check_model`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ModelMissing,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a device that has to say its model and does not",
    about: "<rng>, <memballoon> and <watchdog> have no default model.",
    machine: "pc",
    wrong: "<rng><backend model='random'>/dev/urandom</backend></rng>",
    right: "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
    mend: Some(mend),
};

fn mend(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    mend::written(evidence, problem)
        .map(|device| {
            let model = if device.class() == DeviceClass::Watchdog { "i6300esb" } else { "virtio" };
            let change = mend::set(device.key(), Part::Own, "model", model);
            Fix::new(format!("write model='{model}'"), change)
        })
        .collect()
}
