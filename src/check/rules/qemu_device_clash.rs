//! A -device of qemu:commandline on a place that is taken.

use std::collections::HashMap;

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Device, DeviceClass, Problem, Severity};
use crate::topology::{BusNo, NodeId, Place};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::QemuDeviceClash,
    severity: Severity::Error,
    stage: Stage::Start(find),
    summary: "a -device of qemu:commandline on a place that is taken",
    about: "libvirt does not check these arguments. It may choose the same place for another \
            device; QEMU refuses to start.",
    machine: "pc",
    wrong: "<devices><interface type='user'><model type='virtio'/><address type='pci' slot='0x04'/></interface></devices><qemu:commandline><qemu:arg value='-device'/><qemu:arg value='e1000,bus=pci.0,addr=0x4'/></qemu:commandline>",
    right: "<devices><interface type='user'><model type='virtio'/><address type='pci' slot='0x04'/></interface></devices><qemu:commandline><qemu:arg value='-device'/><qemu:arg value='e1000,bus=pci.0,addr=0x1e'/></qemu:commandline>",
    fixes: Some(fixes::pci),
};

/// QEMU's message (`hw/pci/pci.c: do_pci_register_device`); other buses have their own.
fn words(place: Place, device: &Device) -> String {
    let driver = device.variant().unwrap_or_default();
    match place {
        Place::Pci(slot, function) => format!(
            "PCI: slot {} function {} not available for {driver}, in use by",
            slot.get(),
            function.get()
        ),
        Place::Drive { unit, .. } => format!("IDE unit {unit} is in use"),
        place => format!("{place} is in use"),
    }
}

/// Places as libvirt completes the guest count, chosen ones included.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    if evidence.domain.of_class(DeviceClass::Qemu).next().is_none() {
        return;
    }
    let topology = evidence.topology;
    let mut known: HashMap<(BusNo, Place), NodeId> = HashMap::new();
    for (no, node) in topology.nodes() {
        let is_argument = |no| {
            topology
                .device(evidence.assigned, no)
                .is_some_and(|device| device.class() == DeviceClass::Qemu)
        };
        let Some(bus) = node.bus.filter(|_| node.contested) else { continue };
        let Some(other) = known.get(&(bus, node.place)).copied() else {
            known.insert((bus, node.place), no);
            continue;
        };
        let (argument, other) = if is_argument(no) { (no, other) } else { (other, no) };
        let Some(device) = topology.device(evidence.assigned, argument) else { continue };
        let Some(bus) = topology.bus(bus).filter(|_| is_argument(argument)) else { continue };
        let other_name = topology
            .device(evidence.assigned, other)
            .map_or_else(|| "a part of the machine".to_owned(), fixes::name);
        let place = format!("{} {}", bus.name(), node.place);
        let problem = RULE
            .problem(format!("{place} has {other_name} as well as a -device of the command line"))
            .quoting(format!("QEMU: {}", words(node.place, device)))
            .helping("give the -device another addr=, or move the other");
        let problem = evidence.on(problem, device);
        found.push(match topology.device(evidence.assigned, other) {
            Some(other) => evidence.on(problem, other),
            None => problem,
        });
    }
}
