//! Two NICs with one MAC address.

use std::collections::BTreeMap;

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
    let mut known: BTreeMap<String, Vec<&Device>> = BTreeMap::new();
    for device in evidence.domain.of_class(DeviceClass::Interface) {
        let Kind::Interface(Interface { mac: Some(mac), .. }) = &device.kind else { continue };
        let nics = known.entry(mac.to_ascii_lowercase()).or_default();
        let is_of_team =
            |other: &&Device| is_team(evidence, device, other) || is_team(evidence, other, device);
        if !nics.first().is_some_and(is_of_team) {
            nics.push(device);
        }
    }
    for (mac, nics) in known.iter().filter(|(_, nics)| nics.len() > 1) {
        let problem = RULE
            .problem(format!("{} NICs have the MAC address {}", nics.len(), quoted(mac)))
            .helping("give each its own, or leave <mac> to libvirt");
        // The place of the problem is the first repetition.
        let nics = nics.iter().skip(1).chain(nics.first());
        found.push(
            nics.fold(problem, |problem, nic| {
                evidence.on_attribute(problem, nic, ("mac", "address"))
            }),
        );
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
            Fix::new(format!("let libvirt choose a MAC for {}", device.key()), change)
        })
        .collect()
}
