//! A video device of model none beside another.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::VideoNone,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a video device of model none beside another",
    about: "none means that the guest has no video device at all.",
    machine: "q35",
    wrong: "<video><model type='virtio'/></video>
<video><model type='none'/></video>",
    right: "<video><model type='none'/></video>",
    fixes: Some(fixes::remove),
};

/// Source: `domain_validate.c: virDomainDefVideoValidate`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let videos = || evidence.domain.of_class(DeviceClass::Video);
    let none = videos().find(|device| device.variant() == Some("none"));
    let Some(none) = none.filter(|_| videos().nth(1).is_some()) else { return };
    let problem = RULE
        .problem("a video device of model none is beside another")
        .quoting(
            "unsupported configuration: a 'none' video type must be the only video device defined \
             for the domain",
        )
        .helping("remove it, or the others");
    found.push(evidence.on(problem, none));
}
