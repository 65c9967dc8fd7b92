//! Functions of one host card in different slots of the guest.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::address::{Function, Pci, PciAddress};
use crate::model::{
    Address, Change, Code, Device, DeviceClass, Fix, HostSource, Hostdev, Kind, Problem, Severity,
};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::HostdevSplit,
    severity: Severity::Note,
    stage: Stage::Check(find),
    summary: "functions of one host card in different slots of the guest",
    about: "A graphics card and its sound function are one card to their driver. In different \
            slots they look like two, and some drivers refuse that.",
    machine: "pc",
    wrong: "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0x01' slot='0x00' function='0x0'/></source><address type='pci' slot='0x05'/></hostdev>
<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0x01' slot='0x00' function='0x1'/></source><address type='pci' slot='0x06'/></hostdev>",
    right: "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0x01' slot='0x00' function='0x0'/></source><address type='pci' slot='0x05' multifunction='on'/></hostdev>
<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0x01' slot='0x00' function='0x1'/></source><address type='pci' slot='0x05' function='0x1'/></hostdev>",
    fixes: Some(find_fixes),
};

/// A card of the host: domain, bus, slot.
type Card = (u32, u32, u32);

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let mut cards: BTreeMap<Card, Vec<(u32, &Device)>> = BTreeMap::new();
    for device in evidence.domain.of_class(DeviceClass::Hostdev) {
        let Kind::Hostdev(Hostdev { host: HostSource::Pci(host), .. }) = &device.kind else {
            continue;
        };
        let card = (host.domain, host.bus, host.slot);
        cards.entry(card).or_default().push((host.function, device));
    }
    for functions in cards.into_values() {
        // Virtual functions are cards of their own; those of a real one begin with function 0.
        let is_card = functions.len() > 1 && functions.iter().any(|(function, _)| *function == 0);
        let places: BTreeSet<_> = functions
            .iter()
            .filter_map(|(_, device)| device.pci().map(|at| (at.bus, at.slot)))
            .collect();
        if is_card && places.len() > 1 {
            let problem = RULE
                .problem("the functions of one card of the host are in different slots")
                .helping("give them one slot, in the order of their functions");
            let on = |problem, (_, device): &(u32, &Device)| evidence.on(problem, device);
            found.push(functions.iter().fold(problem, on));
        }
    }
}

/// Moves all functions to the slot of the first device, numbered as on the host.
fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let devices: Vec<&Device> = fixes::written(evidence, problem).collect();
    let Some(at) = devices.iter().find_map(|device| device.pci()) else { return Vec::new() };
    let moves = devices.iter().filter_map(|device| {
        let Kind::Hostdev(Hostdev { host: HostSource::Pci(host), .. }) = &device.kind else {
            return None;
        };
        let to = PciAddress { function: Function::new(host.function)?, ..at };
        let multifunction = (host.function == 0).then_some(true);
        let to = Pci { at: Some(to), multifunction, ..Pci::default() };
        Some(Change::Move { device: device.key(), to: Address::Pci(to) })
    });
    vec![Fix::new(format!("put them together in {at}"), Change::Batch(moves.collect()))]
}
