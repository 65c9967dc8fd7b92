//! A bus number that makes libvirt add many PCI controllers.

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::{ControllerKind, Device, Problem, Severity};

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "pci-many-controllers",
    severity: Severity::Warning,
    summary: "a bus number that makes libvirt add many PCI controllers",
    about: "libvirt adds every controller up to the bus an address names: 0x40 in a guest with a few \
              ports adds dozens, without a word.",
    machine: "q35",
    wrong: "<interface type='user'><model type='virtio'/><address type='pci' bus='0x40' slot='0x00'/></interface>",
    right: "<interface type='user'><model type='virtio'/><address type='pci' bus='0x01' slot='0x00'/></interface>",
    find: Some(find),
    mend: Some(mend::pci),
};

/// More than anybody adds on purpose this way.
const MANY: usize = 8;

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let pci = |device: &Device| {
        device.controller().is_some_and(|controller| controller.kind == ControllerKind::Pci)
    };
    let added =
        evidence.assigned.devices.iter().filter(|device| device.is_implied() && pci(device));
    let added = added.count();
    if added < MANY {
        return;
    }
    let written = evidence.domain.controllers().filter(|(device, _)| pci(device));
    let highest = written.filter_map(|(_, controller)| controller.index).max().unwrap_or_default();
    let above = |device: &&Device| device.pci().is_some_and(|at| at.bus.0 > highest.0);
    let furthest = evidence.domain.devices.iter().filter(above).max_by_key(|d| d.pci());
    let Some((device, at)) = furthest.and_then(|device| Some((device, device.pci()?))) else {
        return;
    };
    if usize::try_from(at.bus.0 - highest.0).is_ok_and(|missing| missing >= MANY) {
        let problem = RULE
            .problem(format!(
                "bus {:#04x} is far above the highest controller, {highest}: libvirt adds {added}",
                at.bus.0
            ))
            .helping("name a bus that is there, or the next one");
        found.push(evidence.on(problem, device));
    }
}
