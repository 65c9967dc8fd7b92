//! Two NICs with one MAC address.

use std::collections::HashMap;

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage, quoted};
use crate::model::{Code, Device, DeviceClass, Fix, Interface, Kind, Part, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::MacDoubleUse,
    severity: Severity::Warning,
    stage: Stage::Check(find),
    summary: "two NICs with one MAC address",
    about: "On one network neither NIC works; libvirt and QEMU accept it.",
    machine: "pc",
    wrong: "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/><address type='pci' slot='0x05'/></interface>
<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/><address type='pci' slot='0x06'/></interface>",
    right: "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/><address type='pci' slot='0x05'/></interface>
<interface type='user'><mac address='52:54:00:00:00:02'/><model type='virtio'/><address type='pci' slot='0x06'/></interface>",
    fixes: Some(find_fixes),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let mut known: HashMap<String, &Device> = HashMap::new();
    for device in evidence.domain.of_class(DeviceClass::Interface) {
        let Kind::Interface(Interface { mac: Some(mac), .. }) = &device.kind else { continue };
        let Some(first) = known.get(&mac.to_ascii_lowercase()).copied() else {
            known.insert(mac.to_ascii_lowercase(), device);
            continue;
        };
        if is_team(evidence, device, first) || is_team(evidence, first, device) {
            continue;
        }
        let problem = RULE
            .problem(format!("two NICs have the MAC address {}", quoted(mac)))
            .helping("give one of them another, or leave <mac> to libvirt");
        let problem = evidence.on_attribute(problem, device, ("mac", "address"));
        found.push(evidence.on_attribute(problem, first, ("mac", "address")));
    }
}

/// Whether `one` fails over to `other` (`<teaming>`), which then has the same MAC on purpose.
fn is_team(evidence: &Evidence<'_>, one: &Device, other: &Device) -> bool {
    let teaming = evidence.element(one).and_then(|element| element.child("teaming"));
    let partner = teaming.and_then(|teaming| teaming.attribute("persistent"));
    partner.is_some_and(|partner| Some(partner.value()) == other.alias.as_deref())
}

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    fixes::written(evidence, problem)
        .map(|device| {
            let change = fixes::unset(device.key(), Part::Child("mac"), "address");
            Fix::new(format!("let libvirt make up a MAC for {}", device.key()), change)
        })
        .collect()
}
