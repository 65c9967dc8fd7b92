//! A device without the model or type that it needs.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, DeviceClass, Fix, Part, Problem, Severity};

/// Found by `xml::decode::vocabulary::missing`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ModelMissing,
    severity: Severity::Error,
    stage: Stage::Decode,
    summary: "a device without the model or type that it needs",
    about: "Some elements have no default: the model of <rng>, <memballoon>, <watchdog>, <sound>, <iommu>, the type of \
              <input>, <hub>, <redirdev>, and others.",
    machine: "pc",
    wrong: "<rng><backend model='random'>/dev/urandom</backend></rng>",
    right: "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
    fixes: Some(find_fixes),
};

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    fixes::written(evidence, problem)
        .map(|device| {
            let model = if device.class() == DeviceClass::Watchdog { "i6300esb" } else { "virtio" };
            let change = fixes::set(device.key(), Part::Own, "model", model);
            Fix::new(format!("write model='{model}'"), change)
        })
        .collect()
}
