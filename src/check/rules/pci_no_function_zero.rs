//! A device on a function above 0 of a slot that has no function 0.

use std::collections::{BTreeMap, HashSet};

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::MachineKind;
use crate::model::address::{Function, Pci, PciAddress};
use crate::model::{Address, Change, Code, Device, Fix, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciNoFunctionZero,
    severity: Severity::Warning,
    stage: Stage::Check(find),
    summary: "a device on a function above 0 of a slot that has no function 0",
    about: "A guest scans functions 1 to 7 only if function 0 exists. libvirt and QEMU start; \
            the guest does not find the device.",
    machine: "pc",
    wrong: "<interface type='user'><model type='virtio'/><address type='pci' slot='0x05' function='0x1'/></interface>",
    right: "<interface type='user'><model type='virtio'/><address type='pci' slot='0x05' function='0x1'/></interface>
<interface type='user'><model type='virtio'/><address type='pci' slot='0x05' function='0x0'/></interface>",
    fixes: Some(find_fixes),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    if evidence.machine().kind == MachineKind::S390Ccw {
        // There each function is announced by itself.
        return;
    }
    let alone = |device: &Device| device.pci().filter(|at| at.function != Function::ZERO);
    if !evidence.domain.devices.iter().any(|device| alone(device).is_some()) {
        return;
    }
    let first = |at: PciAddress| PciAddress { function: Function::ZERO, ..at };
    let mut firsts: HashSet<PciAddress> = evidence
        .assigned
        .devices
        .iter()
        .filter_map(Device::pci)
        .filter(|at| at.function == Function::ZERO)
        .collect();
    let parts = evidence.machine().chipset().iter().map(|part| part.at);
    firsts.extend(parts.filter(|at| at.function == Function::ZERO));
    let mut by_slot: BTreeMap<PciAddress, Vec<&Device>> = BTreeMap::new();
    for device in &evidence.domain.devices {
        let slot = alone(device).map(first).filter(|slot| !firsts.contains(slot));
        if let Some(slot) = slot {
            by_slot.entry(slot).or_default().push(device);
        }
    }
    for (slot, devices) in by_slot {
        let message = match devices.as_slice() {
            [one] => {
                let at = one.pci().unwrap_or(slot);
                format!("{at}: function 0 is empty, so the guest does not look here")
            }
            [..] => format!(
                "{slot} is empty, so the guest does not look at {} other functions of this slot",
                devices.len()
            ),
        };
        let problem =
            RULE.problem(message).helping("move it to function 0, or put another device there");
        found.push(devices.into_iter().fold(problem, |problem, one| evidence.on(problem, one)));
    }
}

/// The lowest to function 0, or all to other slots.
fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let lowest = fixes::written(evidence, problem).min_by_key(|device| device.pci());
    let down = lowest.and_then(|device| {
        let Some(Address::Pci(pci)) = device.address() else { return None };
        let to = PciAddress { function: Function::ZERO, ..pci.at? };
        let change =
            Change::Move { device: device.key(), to: Address::Pci(Pci { at: Some(to), ..*pci }) };
        Some(Fix::new(format!("move {} to function 0", fixes::name(device)), change))
    });
    let others = match problem.devices.as_slice() {
        [_] => fixes::pci(evidence, problem),
        _ => vec![fixes::let_choose_all(evidence, problem)],
    };
    down.into_iter().chain(others).collect()
}
