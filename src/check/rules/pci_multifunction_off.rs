//! Multifunction=off on function 0 of a slot with more functions.

use std::collections::HashMap;

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::address::{Function, PciAddress};
use crate::model::{Address, Code, Device, Fix, Part, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciMultifunctionOff,
    severity: Severity::Error,
    stage: Stage::Start(find),
    summary: "multifunction=off on function 0 of a slot with more functions",
    about: "libvirt keeps off as written. QEMU refuses to start when other functions are \
            plugged beside a function 0 with multifunction=off.",
    machine: "pc",
    wrong: "<interface type='user'><model type='virtio'/><address type='pci' slot='0x05' function='0x0' multifunction='off'/></interface>
<interface type='user'><model type='virtio'/><address type='pci' slot='0x05' function='0x1'/></interface>",
    right: "<interface type='user'><model type='virtio'/><address type='pci' slot='0x05' function='0x0' multifunction='on'/></interface>
<interface type='user'><model type='virtio'/><address type='pci' slot='0x05' function='0x1'/></interface>",
    fixes: Some(find_fixes),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let off = |device: &Device| match device.address() {
        Some(Address::Pci(pci)) if pci.multifunction == Some(false) => {
            pci.at.filter(|at| at.function == Function::ZERO)
        }
        _ => None,
    };
    let firsts: HashMap<PciAddress, &Device> =
        evidence.domain.devices.iter().filter_map(|device| Some((off(device)?, device))).collect();
    if firsts.is_empty() {
        return;
    }
    for device in &evidence.assigned.devices {
        let Some(at) = device.pci().filter(|at| at.function != Function::ZERO) else { continue };
        let first = firsts.get(&PciAddress { function: Function::ZERO, ..at });
        let Some(first) = first else { continue };
        let problem = RULE
            .problem(format!("{at}: function 0 of this slot has multifunction='off'"))
            .quoting(format!(
                "QEMU: PCI: {:x}.0 indicates single function, but {:x}.{:x} is already populated.",
                at.slot.get(),
                at.slot.get(),
                at.function.get()
            ))
            .helping("write multifunction='on', or leave it to libvirt");
        found.push(evidence.on(evidence.on(problem, first), device));
    }
}

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    fixes::written(evidence, problem)
        .take(1)
        .map(|device| {
            let change = fixes::set(device.key(), Part::Child("address"), "multifunction", "on");
            Fix::new("write multifunction='on'", change)
        })
        .collect()
}
