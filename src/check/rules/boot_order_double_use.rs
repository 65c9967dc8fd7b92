//! Two devices with one boot order.

use std::collections::{HashMap, HashSet};

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Device, Fix, Part, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::BootOrderDoubleUse,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "two devices with one boot order",
    about: "Firmware tries devices in this order; each number may be used once.",
    machine: "pc",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><boot order='1'/></disk>
<disk type='file' device='disk'><source file='/b'/><target dev='sdb' bus='sata'/><boot order='1'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><boot order='1'/></disk>
<disk type='file' device='disk'><source file='/b'/><target dev='sdb' bus='sata'/><boot order='2'/></disk>",
    fixes: Some(find_fixes),
};

/// Source: `domain_postparse.c: virDomainDefCollectBootOrder`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let mut known: HashMap<u32, &Device> = HashMap::new();
    for device in &evidence.domain.devices {
        let Some(order) = device.boot_order.filter(|order| *order > 0) else { continue };
        let Some(first) = known.get(&order).copied() else {
            known.insert(order, device);
            continue;
        };
        let problem = RULE
            .problem(format!("two devices have the boot order {order}"))
            .quoting(format!(
                "unsupported configuration: boot order '{order}' used for more than one device"
            ))
            .helping("give one of them the next free number");
        let problem = evidence.on_attribute(problem, device, ("boot", "order"));
        found.push(evidence.on_attribute(problem, first, ("boot", "order")));
    }
}

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let taken: HashSet<u32> =
        evidence.domain.devices.iter().filter_map(|device| device.boot_order).collect();
    let free = fixes::lowest_free(&taken, 1).to_string();
    fixes::written(evidence, problem)
        .map(|device| {
            let title = format!("give {} the boot order {free}", fixes::name(device));
            Fix::new(title, fixes::set(device.key(), Part::Child("boot"), "order", free.clone()))
        })
        .collect()
}
