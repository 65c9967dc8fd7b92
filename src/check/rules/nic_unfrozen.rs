//! NICs whose names in the guest can change, because libvirt chooses their places.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Change, Code, DeviceClass, Fix, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::NicUnfrozen,
    severity: Severity::Note,
    stage: Stage::Check(find),
    summary: "NICs whose names in the guest can change, because libvirt chooses their places",
    about: "systemd names a NIC by its place, ens3 or enp1s0. A place that libvirt chooses can \
            change when a device is added. A guest without any PCI address is not meant.",
    machine: "pc",
    wrong: "<sound model='ac97'><address type='pci' slot='0x04'/></sound>
<interface type='user'><model type='virtio'/></interface>",
    right: "<sound model='ac97'><address type='pci' slot='0x04'/></sound>
<interface type='user'><model type='virtio'/><address type='pci' slot='0x05'/></interface>",
    fixes: Some(find_fixes),
};

/// Reported only where other devices have addresses: a guest without any is as its author wants it.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    if !evidence.domain.devices.iter().any(|device| device.pci().is_some()) {
        return;
    }
    let mut nics = evidence
        .pairs()
        .filter(|(written, device)| {
            let is_nic = written.class() == DeviceClass::Interface;
            // Named by ACPI it keeps its name wherever it is.
            let is_named = written.acpi_index.is_some();
            is_nic && !is_named && written.pci().is_none() && device.pci().is_some()
        })
        .map(|(written, _)| written)
        .peekable();
    if nics.peek().is_none() {
        return;
    }
    let problem = RULE
        .problem("these NICs have no written address: their names in the guest can change")
        .helping("freeze their addresses, or give each an <acpi index=>");
    found.push(nics.fold(problem, |problem, nic| evidence.on(problem, nic)));
}

/// The places they would have now.
fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let moves: Vec<Change> = fixes::written(evidence, problem)
        .filter_map(|device| {
            Some(Change::Move { device: device.key(), to: device.address()?.clone() })
        })
        .collect();
    vec![Fix::new("freeze the addresses of these NICs", Change::Batch(moves))]
}
