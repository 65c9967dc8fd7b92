//! A device on a function above 0 of a slot that has no function 0.

use std::collections::HashSet;

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::address::{Function, Pci, PciAddress};
use crate::model::{Address, Change, Device, Fix, Problem, Severity};

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "pci-no-function-zero",
    severity: Severity::Warning,
    at_start: false,
    summary: "a device on a function above 0 of a slot that has no function 0",
    about: "A guest looks at functions 1 to 7 only where function 0 exists. libvirt and QEMU start it; \
              the device is not found.",
    machine: "pc",
    wrong: "<interface type='user'><model type='virtio'/><address type='pci' slot='0x05' function='0x1'/></interface>",
    right: "<interface type='user'><model type='virtio'/><address type='pci' slot='0x05' function='0x1'/></interface>
<interface type='user'><model type='virtio'/><address type='pci' slot='0x05' function='0x0'/></interface>",
    find: Some(find),
    mend: Some(mend),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
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
    let parts = evidence.machine().chipset().iter().filter(|part| part.function == 0);
    firsts.extend(parts.filter_map(|part| PciAddress::new(0, u32::from(part.slot), 0)));
    for device in &evidence.domain.devices {
        let Some(at) = alone(device).filter(|at| !firsts.contains(&first(*at))) else { continue };
        let problem = RULE
            .problem(format!("{at}: nobody is at function 0, so the guest will not look here"))
            .helping("move it to function 0, or put another device there");
        found.push(evidence.on(problem, device));
    }
}

fn mend(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let down = mend::written(evidence, problem).filter_map(|device| {
        let Some(Address::Pci(pci)) = device.value() else { return None };
        let to = PciAddress { function: Function::ZERO, ..pci.at? };
        let change =
            Change::Move { device: device.key, to: Address::Pci(Pci { at: Some(to), ..*pci }) };
        Some(Fix::new(format!("move {} to function 0", mend::name(device)), change))
    });
    down.chain(mend::pci(evidence, problem)).collect()
}
