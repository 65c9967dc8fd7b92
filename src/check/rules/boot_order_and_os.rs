//! A boot order of a device beside the boot devices of `<os>`.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Fix, Part, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::BootOrderAndOs,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a boot order of a device beside <os><boot>",
    about: "A guest has either <boot dev=> in <os>, or <boot order=> in its devices.",
    machine: "pc",
    wrong: "<os><boot dev='hd'/></os><devices><disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/><boot order='1'/></disk></devices>",
    right: "<os><boot dev='hd'/></os><devices><disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/></disk></devices>",
    fixes: Some(find_fixes),
};

/// Source: `domain_postparse.c: virDomainDefBootPostParse`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let mut os = evidence.root().children().filter(|child| child.is("os"));
    if !os.any(|os| os.child("boot").is_some()) {
        return;
    }
    let with_order = evidence.domain.devices.iter().filter(|device| device.boot_order.is_some());
    for device in with_order.take(1) {
        let problem = RULE
            .problem("a boot order in a device, and boot devices in <os>")
            .quoting(
                "unsupported configuration: per-device boot elements cannot be used together with \
                 os/boot elements",
            )
            .helping("remove <boot dev=> from <os>, or <boot order=> from the devices");
        found.push(evidence.on_attribute(problem, device, ("boot", "order")));
    }
}

/// Removes the boot order of every device.
fn find_fixes(evidence: &Evidence<'_>, _: &Problem) -> Vec<Fix> {
    let with_order = evidence.domain.devices.iter().filter(|device| device.boot_order.is_some());
    let changes =
        with_order.map(|device| fixes::unset(device.key(), Part::Child("boot"), "order")).collect();
    vec![Fix::new("remove the boot order of the devices", crate::model::Change::Batch(changes))]
}
