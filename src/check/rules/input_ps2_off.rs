//! A PS/2 input device where PS/2 is switched off.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::Feature;
use crate::model::{Code, DeviceClass, Kind, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::InputPs2Off,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a PS/2 input device where PS/2 is switched off",
    about: "<ps2 state='off'/> removes the keyboard controller. A mouse or keyboard without bus= is on PS/2.",
    machine: "q35",
    wrong: "<features><ps2 state='off'/></features><devices><input type='keyboard' bus='ps2'/></devices>",
    right: "<features><ps2 state='off'/></features><devices><input type='keyboard' bus='usb'/></devices>",
    fixes: Some(fixes::remove),
};

/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefInput`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    if !evidence.domain.features.ps2_off || !evidence.machine().has(Feature::Ps2Switch) {
        return;
    }
    for (device, assigned) in evidence.pairs() {
        let Kind::Input(input) = &assigned.kind else { continue };
        if device.class() != DeviceClass::Input || input.bus.as_deref() != Some("ps2") {
            continue;
        }
        let problem = RULE
            .problem(format!("{} needs PS/2, which is switched off", device.title()))
            .quoting(
                "unsupported configuration: ps2 bus inputs require the ps2 feature not to be \
                 disabled",
            )
            .helping("write bus='usb' or bus='virtio', or remove <ps2 state='off'/>");
        found.push(evidence.on_attribute(problem, device, ("", "bus")));
    }
}
