//! A boot order of 0.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Fix, Part, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::BootOrderZero,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a boot order of 0",
    about: "Boot orders count from 1.",
    machine: "pc",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><boot order='0'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><boot order='1'/></disk>",
    fixes: Some(find_fixes),
};

/// Source: `device_conf.c: virDomainDeviceBootParseXML`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for device in evidence.domain.devices.iter().filter(|device| device.boot_order == Some(0)) {
        let problem = RULE
            .problem("boot orders count from 1")
            .quoting(
                "XML error: Invalid value for attribute 'order' in element 'boot': Zero is not \
                 permitted",
            )
            .helping("leave <boot> out, or write a number from 1");
        found.push(evidence.on_attribute(problem, device, ("boot", "order")));
    }
}

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    fixes::written(evidence, problem)
        .map(|device| {
            let change = fixes::unset(device.key(), Part::Child("boot"), "order");
            Fix::new(format!("take {} out of the boot order", fixes::name(device)), change)
        })
        .collect()
}
