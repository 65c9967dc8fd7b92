//! A second video device that can only be the first.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Device, Kind, Problem, Severity, Video};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::VideoSecondary,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a second video device that can only be the first",
    about: "Only qxl and virtio can be used beside another video device.",
    machine: "q35",
    wrong: "<video><model type='virtio'/></video>
<video><model type='vga'/></video>",
    right: "<video><model type='vga'/></video>
<video><model type='virtio'/></video>",
    fixes: Some(fixes::remove),
};

/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefVideo`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let videos: Vec<(&Device, &Video)> = evidence
        .assigned
        .devices
        .iter()
        .filter_map(|device| match &device.kind {
            Kind::Video(video) => Some((device, video)),
            _ => None,
        })
        .collect();
    // The primary is the one with `primary='yes'`, else the first.
    let primary = videos.iter().rposition(|(_, video)| video.primary).unwrap_or(0);
    for (nth, (device, video)) in videos.iter().enumerate() {
        let model = video.model.as_deref().unwrap_or_default();
        if nth == primary || matches!(model, "qxl" | "virtio" | "none") {
            continue;
        }
        let problem = RULE
            .problem(format!("a {model} video device can only be the first"))
            .quoting(format!(
                "unsupported configuration: video type '{model}' is only valid as primary video \
                 device"
            ))
            .helping("make it the first, or choose qxl or virtio");
        found.push(evidence.on_attribute(problem, device, ("model", "type")));
    }
}
