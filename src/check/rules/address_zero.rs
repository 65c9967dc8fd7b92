//! A PCI address of zeros, which libvirt reads as none.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::address::Pci;
use crate::model::{Address, Code, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::AddressZero,
    severity: Severity::Warning,
    stage: Stage::Check(find),
    summary: "a PCI address of zeros, which libvirt reads as none",
    about: "Where domain, bus and slot are 0, libvirt chooses the address as if there were none. On bus 0 slot 0 is the host bridge.",
    machine: "q35",
    wrong: "<sound model='ac97'><address type='pci' domain='0x0000' bus='0x00' slot='0x00' function='0x0'/></sound>",
    right: "<sound model='ac97'><address type='pci'/></sound>",
    fixes: Some(fixes::let_choose),
};

/// Source: `device_conf.h: virPCIDeviceAddressIsEmpty`, `virDeviceInfoPCIAddressIsWanted`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for device in &evidence.domain.devices {
        let Some(Address::Pci(Pci { at: None, .. })) = device.address() else { continue };
        let address = evidence.element(device).and_then(|element| element.child("address"));
        let is_written = address.is_some_and(|address| {
            ["domain", "bus", "slot"].iter().any(|name| address.attribute(name).is_some())
        });
        if is_written {
            let problem = RULE
                .problem("libvirt reads this address as none, and chooses one")
                .helping("remove the address, or write a slot above 0");
            found.push(evidence.on(problem, device));
        }
    }
}
