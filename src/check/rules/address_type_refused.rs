//! A type of address that libvirt knows and refuses.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{AddressKind, Code, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::AddressTypeRefused,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a type of address that libvirt knows and refuses",
    about: "virtio-s390 was the transport before ccw; mdev is a type for the host's side only.",
    machine: "s390",
    wrong: "<memballoon model='virtio'><address type='virtio-s390'/></memballoon>",
    right: "<memballoon model='virtio'><address type='ccw' cssid='0xfe' ssid='0x0' devno='0x0001'/></memballoon>",
    fixes: Some(fixes::let_choose),
};

/// Source: `domain_conf.c: virDomainDeviceAddressParseXML`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for device in &evidence.domain.devices {
        let (word, words) = match Evidence::kind(device) {
            Some(AddressKind::VirtioS390) => {
                ("virtio-s390", "XML error: virtio-s390 bus doesn't have an address")
            }
            Some(AddressKind::Mdev) => (
                "mdev",
                "XML error: Invalid value for attribute 'type' in element 'address': 'mdev'.",
            ),
            _ => continue,
        };
        let problem = RULE
            .problem(format!("no device of a guest has an address of type {word}"))
            .quoting(words)
            .helping("remove the address");
        found.push(evidence.on(problem, device));
    }
}
