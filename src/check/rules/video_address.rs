//! A ramfb with an address.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::VideoAddress,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a ramfb with an address",
    about: "Firmware sets up ramfb; it is on no bus.",
    machine: "q35",
    wrong: "<video><model type='ramfb'/><address type='pci' slot='0x05'/></video>",
    right: "<video><model type='ramfb'/></video>",
    fixes: Some(fixes::let_choose),
};

/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefVideo`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let devices = evidence.pairs().filter(|(written, _)| written.class() == DeviceClass::Video);
    for (written, device) in devices {
        let Some(kind) = Evidence::kind(written) else { continue };
        if device.variant() != Some("ramfb") {
            continue;
        }
        let words = "unsupported configuration: address not supported for video type ramfb";
        let message = format!("{} has no address of type {}", device.title(), kind.as_str());
        let problem = RULE.problem(message).quoting(words).helping("remove the address");
        found.push(evidence.on(problem, written));
    }
}
