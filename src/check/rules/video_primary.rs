//! Two primary video devices.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Device, Fix, Kind, Part, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::VideoPrimary,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "two primary video devices",
    about: "One video device can have primary='yes'; without it the first is the primary one.",
    machine: "q35",
    wrong: "<video><model type='virtio' primary='yes'/></video>
<video><model type='virtio' primary='yes'/></video>",
    right: "<video><model type='virtio' primary='yes'/></video>
<video><model type='virtio'/></video>",
    fixes: Some(find_fixes),
};

/// Source: `domain_validate.c: virDomainDefVideoValidate`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let is_primary = |device: &&Device| matches!(&device.kind, Kind::Video(video) if video.primary);
    for device in evidence.domain.devices.iter().filter(is_primary).skip(1) {
        let problem = RULE
            .problem("a second video device is primary")
            .quoting("unsupported configuration: Only one primary video device is supported")
            .helping("remove primary='yes' from all but one");
        found.push(evidence.on_attribute(problem, device, ("model", "primary")));
    }
}

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    fixes::written(evidence, problem)
        .map(|device| {
            let change = fixes::unset(device.key(), Part::Child("model"), "primary");
            Fix::new(format!("make {} a secondary one", fixes::name(device)), change)
        })
        .collect()
}
