//! A device that this libvirt does not know yet.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::Feature;
use crate::model::{Code, Device, DeviceClass, Kind, Problem, Severity};
use crate::text::Printable;

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::KindTooNew,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a device that this libvirt does not know yet",
    about: "A newer libvirt defines the guest. An older one refuses the value, or drops the \
            whole element without a message, and the guest lacks the device.",
    machine: "q35",
    wrong: "",
    right: "",
    fixes: Some(fixes::remove),
};

/// The attribute and element that libvirt names when it refuses a model of a class.
///
/// Source: `domain_conf.c`, the parser of each element.
const WORDS: &[(DeviceClass, &str, &str)] = &[
    (DeviceClass::Sound, "model", "sound"),
    (DeviceClass::Filesystem, "type", "driver"),
    (DeviceClass::Disk, "bus", "target"),
    (DeviceClass::Controller, "type", "controller"),
    (DeviceClass::Iommu, "model", "iommu"),
];

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let machine = evidence.machine();
    found.extend(ps2_switch(evidence));
    for (written, device) in evidence.pairs().filter(|(_, device)| !machine.knows(device)) {
        let libvirt = machine.libvirt;
        let word = word(device);
        let problem = RULE
            .problem(format!("libvirt {libvirt} does not know {}", device.title()))
            .helping("remove the device, or upgrade the host");
        let shown = Printable::new(word);
        let row = WORDS.iter().find(|row| row.0 == device.class());
        let problem = match (device.class(), row) {
            (DeviceClass::Panic, _) => {
                problem.quoting(format!("unsupported configuration: unknown panic model '{shown}'"))
            }
            (DeviceClass::Watchdog, _) => problem
                .quoting(format!("unsupported configuration: unknown watchdog model '{shown}'")),
            (_, Some((_, attribute, element))) => problem.quoting(format!(
                "XML error: Invalid value for attribute '{attribute}' in element '{element}': \
                 '{shown}'."
            )),
            // The whole element is dropped.
            (_, None) => Problem { severity: Severity::Warning, ..problem },
        };
        found.push(evidence.on(problem, written));
    }
}

/// `<ps2>` among the features of a guest, for a libvirt that knows no such feature.
///
/// Source: `domain_conf.c: virDomainFeaturesDefParse`.
fn ps2_switch(evidence: &Evidence<'_>) -> Option<Problem> {
    let machine = evidence.machine();
    let feature = evidence.feature("ps2").filter(|_| !machine.has(Feature::Ps2Switch))?;
    let problem = RULE
        .problem(format!("libvirt {} does not know the feature ps2", machine.libvirt))
        .quoting("unsupported configuration: unexpected feature 'ps2'")
        .helping("remove <ps2> from <features>, or upgrade the host");
    Some(problem.at(feature.tag()))
}

/// The device's model or type as libvirt spells it.
fn word(device: &Device) -> &str {
    match &device.kind {
        Kind::Controller(controller) => &controller.word,
        _ => device.variant().unwrap_or_default(),
    }
}
