//! The order in which classes of devices are placed on PCI.
//!
//! Source: `qemu_domain_address.c: qemuDomainAssignDevicePCISlots`.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::lists::DeviceIdx;
use super::models::is_host_nic;
use super::pass::Pass;
use crate::machine::UsbPart;
use crate::model::address::{Function, PciAddress};
use crate::model::{
    Address, Code, ControllerIndex, ControllerKind, Device, DeviceClass, Kind, Problem,
};
use crate::topology::Asker;

/// A class in its turn: its name in explanations, and which of its devices are meant.
type Turn = (DeviceClass, &'static str, fn(&Device) -> bool);

/// Whoever comes first has the first choice.
const TURNS: &[Turn] = &[
    (DeviceClass::Controller, "PCI controllers", is_bridge),
    (DeviceClass::Filesystem, "filesystems", |_| true),
    (DeviceClass::Interface, "interfaces", |device| !is_host_nic(device)),
    (DeviceClass::Sound, "sound cards", |_| true),
    (DeviceClass::Controller, "other controllers", is_other_controller),
    (DeviceClass::Disk, "virtio disks", |_| true),
    (DeviceClass::Hostdev, "host devices", is_placed_hostdev),
    (DeviceClass::Memballoon, "memory balloons", |_| true),
    (DeviceClass::Rng, "random number generators", |_| true),
    (DeviceClass::Watchdog, "watchdogs", |_| true),
    (DeviceClass::Video, "further video devices", |_| true),
    (DeviceClass::Shmem, "shared memory", |_| true),
    (DeviceClass::Input, "virtio inputs", |_| true),
    (DeviceClass::Serial, "PCI serial ports", |_| true),
    (DeviceClass::Iommu, "IOMMUs", |_| true),
    (DeviceClass::Vsock, "vsocks", |_| true),
    (DeviceClass::Memory, "virtio memory", |_| true),
    (DeviceClass::Crypto, "crypto devices", |_| true),
    (DeviceClass::Panic, "panic devices", |_| true),
    (DeviceClass::Pstore, "pstores", |_| true),
];

fn is_bridge(device: &Device) -> bool {
    device.controller().is_some_and(|controller| controller.kind == ControllerKind::Pci)
}

/// IDE 0 is a part of the machine wherever it is allowed.
fn is_other_controller(device: &Device) -> bool {
    device.controller().is_some_and(|controller| match controller.kind {
        ControllerKind::Pci => false,
        ControllerKind::Ide => controller.index.is_none_or(|index| index.0 != 0),
        _ => true,
    })
}

/// Whether it is a host device on PCI: of mediated devices only `vfio-pci` is.
fn is_placed_hostdev(device: &Device) -> bool {
    match &device.kind {
        Kind::Hostdev(hostdev) if hostdev.backend.as_deref() == Some("mdev") => {
            hostdev.model.as_deref() == Some("vfio-pci")
        }
        _ => true,
    }
}

/// Places every device that wants a PCI address.
pub(super) fn place(pass: &mut Pass<'_>) {
    let mut parts = pass.dry.then(HashMap::new).unwrap_or_default();
    note_parts(pass, &mut parts);
    for (nth, (class, name, is_meant)) in (1..).zip(TURNS) {
        for no in pass.completion.lists.of(*class).to_vec() {
            let Some(device) = pass.completion.device(no) else { continue };
            if pass.need(no).is_none() || !is_meant(device) {
                continue;
            }
            if !pass.is_wanted(no) {
                refuse_misplaced_disk(pass, no);
                continue;
            }
            let turn = (nth, *name);
            match ich9_part(device) {
                Some(part) => place_part(pass, no, part, &mut parts, turn),
                None => {
                    let found = pass.reserve_next(no, None);
                    settle(pass, no, found, None, turn);
                }
            }
        }
    }
}

fn settle(
    pass: &mut Pass<'_>,
    no: DeviceIdx,
    found: Option<PciAddress>,
    multifunction: Option<bool>,
    turn: (u32, &str),
) {
    let Some(at) = found.filter(|_| !pass.dry) else { return };
    pass.place(no, at, multifunction);
    let what = explanation(pass, no, at, turn);
    pass.completion.explain(no, what);
}

/// "0000:00:04.0: the first free place; turn 3, interfaces; pci.1 takes no PCI Express device".
fn explanation(pass: &Pass<'_>, no: DeviceIdx, at: PciAddress, (nth, name): (u32, &str)) -> String {
    /// The most skipped buses that are named.
    const NAMED: usize = 4;
    let mut text = format!("{at}: first free slot (step {nth} of {}: {name})", TURNS.len());
    let need = pass.request(no).need;
    let before = usize::try_from(at.bus.0).unwrap_or_default();
    for (index, bus) in pass.buses.buses().take(before.min(NAMED)) {
        let why = if need.automatic && !bus.automatic && !need.integrated {
            "never used automatically"
        } else if bus.accepts.meets(need.kind) {
            "full"
        } else {
            "wrong kind of bus"
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "; {} {index}: {why}", bus.model);
    }
    if before > NAMED {
        let _ = write!(text, "; {} more buses", before - NAMED);
    }
    text
}

/// A virtio disk that is neither on PCI nor anywhere else a virtio disk may be.
fn refuse_misplaced_disk(pass: &mut Pass<'_>, no: DeviceIdx) {
    let Some(device) = pass.completion.device(no) else { return };
    if device.class() != DeviceClass::Disk {
        return;
    }
    let Some(value) = device.address() else { return };
    if matches!(value, Address::Pci(_) | Address::Ccw(_) | Address::VirtioMmio) {
        return;
    }
    let word = value.kind().as_str();
    let refusal = Problem::error(
        Code::VirtioDiskAddress,
        format!("a virtio disk has no address of type {word}"),
    )
    .quoting(format!(
        "unsupported configuration: virtio disk cannot have an address of type '{word}'"
    ))
    .helping("remove the address, or give the disk the bus the address is for");
    pass.refuse(no, refusal);
}

/// A part of an ICH9 USB controller: the index it shares with the others, and its function.
#[derive(Clone, Copy)]
struct UsbFunction {
    index: ControllerIndex,
    function: Function,
    multifunction: Option<bool>,
}

fn ich9_part(device: &Device) -> Option<UsbFunction> {
    let controller = device.controller()?;
    let UsbPart { function, .. } = UsbPart::of(controller)?;
    let multifunction = (function == Function::ZERO).then_some(true);
    Some(UsbFunction { index: controller.index?, function, multifunction })
}

/// The slots of ICH9 USB controllers that have a part with an address, by index.
fn note_parts(pass: &Pass<'_>, parts: &mut HashMap<ControllerIndex, PciAddress>) {
    for no in pass.completion.lists.of(DeviceClass::Controller) {
        let Some(device) = pass.completion.device(*no) else { continue };
        if let (Some(part), Some(at)) = (ich9_part(device), device.pci()) {
            parts.entry(part.index).or_insert(at);
        }
    }
}

/// Places a part of a controller; all parts share a slot. The dry run forgets the places it found,
/// so there every part takes its own slot, and a bus may be added that is not needed.
fn place_part(
    pass: &mut Pass<'_>,
    no: DeviceIdx,
    part: UsbFunction,
    parts: &mut HashMap<ControllerIndex, PciAddress>,
    turn: (u32, &str),
) {
    let found = match parts.get(&part.index) {
        Some(slot) => {
            pass.reserve(no, PciAddress { function: part.function, ..*slot }, Asker::Written)
        }
        None => pass.reserve_next(no, Some(part.function)),
    };
    if let Some(at) = found.filter(|_| !pass.dry) {
        parts.entry(part.index).or_insert(at);
    }
    settle(pass, no, found, part.multifunction, turn);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Ask, Model};

    #[test]
    fn every_class_with_a_model_on_pci_has_its_turn() {
        for model in Model::all().filter(|model| model.connect != Ask::Never) {
            let has_turn = TURNS.iter().any(|(class, ..)| *class == model.class);
            assert!(has_turn || model.class == DeviceClass::Qemu, "{:?}", model.class);
        }
    }
}
