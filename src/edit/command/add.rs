//! Commands that add controllers at the end of a bus, so that no device moves.
//!
//! Everything libvirt would choose for a new controller (its default model, chassis, port, bus
//! number) comes from `assign` and is written; only the place is chosen here.

use std::collections::HashSet;

use super::change_builder::{ChangeBuilder, name};
use super::dry_run::{DryRun, attempt};
use crate::assign::{FreePlace, PlaceNote, legal, places};
use crate::edit::revision::Revision;
use crate::machine::{Machine, MachineKind, Need};
use crate::model::address::{Function, PciAddress};
use crate::model::{
    Address, AddressKind, Code, Controller, ControllerIndex, ControllerKind, Device, DeviceAddress,
    DeviceClass, DeviceKey, Domain, Kind, PciModel, Problem,
};
use crate::topology::{Asker, BusId, Guest, Topology, bus_and_place, is_express};

/// Adds one controller.
pub(super) fn build(
    builder: &mut ChangeBuilder<'_>,
    wanted: &Controller,
    at: Option<&Address>,
) -> Result<(), Box<Problem>> {
    if wanted.kind == ControllerKind::Pci && wanted.model.is_none() {
        return Problem::error(Code::PciModel, "a PCI controller needs a model")
            .helping("give a model, such as pcie-root-port or pci-bridge")
            .refuse();
    }
    if wanted.kind == ControllerKind::Pci && Machine::of(builder.guest().domain).root().is_none() {
        return no_pci().refuse();
    }
    let added = append(builder, std::slice::from_ref(wanted), at)?;
    if let Some(device) = added.first() {
        builder.title = format!("add {}", name(device));
    }
    Ok(())
}

/// Reserves places for so many more devices that can be plugged in while the guest runs.
pub(super) fn reserve(builder: &mut ChangeBuilder<'_>, count: u32) -> Result<(), Box<Problem>> {
    /// Slots of a bridge or host bridge that are for devices.
    const SLOTS: u32 = 31;
    let domain = builder.guest().domain;
    let machine = Machine::of(domain);
    if machine.kind == MachineKind::S390Ccw {
        return Problem::error(
            Code::NoRoomNeeded,
            "channel devices need no controller for hot-plug",
        )
        .helping("there are 65,536 device numbers")
        .refuse();
    }
    let (model, count) = match machine.root() {
        None => return no_pci().refuse(),
        Some(_) if is_express(domain) => (PciModel::PcieRootPort, count),
        Some(_) if machine.kind == MachineKind::Pseries => {
            (PciModel::PciRoot, count.div_ceil(SLOTS))
        }
        Some(_) => (PciModel::PciBridge, count.div_ceil(SLOTS)),
    };
    let new = Controller {
        model: Some(model.as_str().into()),
        ..Controller::new(ControllerKind::Pci, None)
    };
    let wanted = vec![new; usize::try_from(count).unwrap_or_default()];
    let added = append(builder, &wanted, None)?;
    let first = added.iter().filter_map(|device| device.controller()?.index).min();
    let last = added.iter().filter_map(|device| device.controller()?.index).max();
    let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
    builder.title = match added.len() {
        1 => format!("reserve ports: add {model} {first}"),
        more => format!("reserve ports: add {more} of {model}, {first} to {last}"),
    };
    Ok(())
}

fn no_pci() -> Problem {
    Problem::error(Code::PciNoBuses, "this machine has no PCI bus")
        .helping("choose a machine with PCI")
}

/// Adds controllers of one kind, each after the existing ones.
fn append(
    builder: &mut ChangeBuilder<'_>,
    wanted: &[Controller],
    at: Option<&Address>,
) -> Result<Vec<Device>, Box<Problem>> {
    let mut domain = builder.guest().domain.clone();
    let mut sketch = ChangeBuilder::new(builder.revision);
    let numbered = |domain: &Domain, wanted: &Controller| {
        let index = wanted.index.unwrap_or_else(|| next_index(domain, wanted));
        Controller { index: Some(index), ..wanted.clone() }
    };
    let open = match wanted.first() {
        Some(first) => chosen_address(builder.revision, numbered(&domain, first))?,
        None => None,
    };
    for wanted in wanted {
        let controller = numbered(&domain, wanted);
        let place = place(&domain, &controller, open.as_ref(), at)?;
        let mut device = domain.next(Kind::Controller(controller.clone()));
        device.address = place.clone().map(DeviceAddress::assigned);
        domain.devices.push(device);
        sketch.add_controller(controller, place);
    }
    // Written like this, libvirt fills in the rest.
    let outcome = attempt(&mut sketch)?;
    let new = last_written(&outcome, wanted.len());
    let mut added = Vec::new();
    for device in &outcome.preview.after.guest().domain.devices {
        if new.contains(&device.key()) {
            write(builder, device);
            pin_new_parents(builder, &outcome, device);
            added.push(device.clone());
        }
    }
    Ok(added)
}

/// Writes a controller as libvirt completes it.
fn write(builder: &mut ChangeBuilder<'_>, device: &Device) {
    if let Some(controller) = device.controller() {
        builder.add_controller(controller.clone(), device.address().cloned());
    }
}

/// Writes the controllers above a device that are there only `after` a change.
pub(super) fn pin_new_parents(builder: &mut ChangeBuilder<'_>, after: &DryRun, device: &Device) {
    let Guest { domain, topology } = after.preview.after.guest();
    let mut next =
        device.address().and_then(|value| bus_and_place(device, value).ok()).map(|(bus, _)| bus);
    let mut seen: HashSet<BusId> = HashSet::new();
    while let Some(bus) = next.take().filter(|bus| seen.insert(*bus)) {
        let parent = topology.bus_no(bus).and_then(|no| topology.bus(no)?.parent);
        let Some(parent) = parent.and_then(|no| topology.device(domain, no)) else { return };
        if parent.is_implied() && !after.preview.key_map.contains_key(&parent.key()) {
            write(builder, parent);
        }
        next = parent
            .address()
            .and_then(|value| bus_and_place(parent, value).ok())
            .map(|(bus, _)| bus);
    }
}

/// PCI controllers are counted on, so that none is behind a higher one; others fill gaps.
fn next_index(domain: &Domain, wanted: &Controller) -> ControllerIndex {
    let known: HashSet<ControllerIndex> = domain
        .controllers()
        .filter(|(_, controller)| controller.kind == wanted.kind)
        .filter_map(|(_, controller)| controller.index)
        .collect();
    match wanted.kind {
        ControllerKind::Pci => known.iter().max().map(|highest| highest.next()),
        _ => (0..u32::MAX).map(ControllerIndex).find(|index| !known.contains(index)),
    }
    .unwrap_or_default()
}

/// The place of a new controller in `domain` where libvirt alone would choose `open`; `None` leaves
/// it to libvirt, which may have to add a bus first.
fn place(
    domain: &Domain,
    controller: &Controller,
    open: Option<&Address>,
    at: Option<&Address>,
) -> Result<Option<Address>, Box<Problem>> {
    let is_pci = open.is_some_and(|open| open.kind() == AddressKind::Pci);
    let is_free =
        |address: &Address| domain.devices.iter().all(|device| device.address() != Some(address));
    let mut domain = domain.clone();
    let mut device = domain.next(Kind::Controller(controller.clone()));
    let key = device.key();
    device.address = open.filter(|_| !is_pci).cloned().map(DeviceAddress::assigned);
    if let Some(at) = at {
        let topology = Topology::build(&domain);
        let guest = Guest { domain: &domain, topology: &topology };
        legal(guest, &device, at, &[])?;
        return Ok(Some(at.clone()));
    }
    if !is_pci && open.is_none_or(|open| open.is_complete() && is_free(open)) {
        return Ok(open.cloned());
    }
    domain.devices.push(device);
    let topology = Topology::build(&domain);
    let free = places(Guest { domain: &domain, topology: &topology }, key, Asker::Written).free;
    let next = free.first().filter(|place| place.note == PlaceNote::Next);
    let appended = controller.pci_model().and_then(|model| appended(&domain, &free, model));
    Ok(appended.or_else(|| next.map(|place| place.address.clone())))
}

/// The address that libvirt would choose for a controller that is written without one.
fn chosen_address(
    revision: &Revision,
    controller: Controller,
) -> Result<Option<Address>, Box<Problem>> {
    let mut sketch = ChangeBuilder::new(revision);
    sketch.add_controller(controller, None);
    let outcome = attempt(&mut sketch)?;
    let new = last_written(&outcome, 1);
    let device = outcome
        .preview
        .after
        .guest()
        .domain
        .devices
        .iter()
        .find(|device| new.contains(&device.key()));
    Ok(device.and_then(Device::address).cloned())
}

/// The controllers that were added: they come behind all others, those that were written with them
/// included.
fn last_written(outcome: &DryRun, count: usize) -> HashSet<DeviceKey> {
    let written = outcome.preview.after.domain.of_class(DeviceClass::Controller);
    let keys: Vec<DeviceKey> = written.map(Device::key).collect();
    keys.into_iter().rev().take(count).collect()
}

/// The first place behind every other bridge of its bus, so that the guest's firmware numbers the
/// buses that are there as before.
fn appended(domain: &Domain, free: &[FreePlace], model: PciModel) -> Option<Address> {
    let next = free.first().filter(|place| place.note == PlaceNote::Next)?.address.pci()?;
    let bridges = domain.controllers().filter_map(|(device, controller)| {
        let other = controller.pci_model()?;
        // An expander begins with a number of its own.
        let counts = !matches!(other, PciModel::PciExpanderBus | PciModel::PcieExpanderBus);
        Some((device.pci()?, other)).filter(|(at, _)| counts && at.bus == next.bus)
    });
    let bridges: Vec<(PciAddress, PciModel)> = bridges.collect();
    let last = bridges.iter().map(|(at, _)| (at.slot, at.function)).max();
    let may_share = |at: PciAddress| {
        at.function == Function::ZERO
            || Need::of_controller(model).is_some_and(|need| need.aggregate)
                && bridges.iter().any(|(other, other_model)| {
                    *other == PciAddress { function: Function::ZERO, ..at } && *other_model == model
                })
    };
    let behind = free.iter().filter(|place| {
        place.address.pci().is_some_and(|at| {
            at.bus == next.bus && last < Some((at.slot, at.function)) && may_share(at)
        })
    });
    behind.min_by_key(|place| place.address.pci()).map(|place| place.address.clone())
}

#[cfg(test)]
mod tests {
    use super::super::example::{diff, done, guest, others, refused};
    use super::*;
    use crate::edit::{Command, Options};

    const PORTS: &str = "<controller type='pci' index='1' model='pcie-root-port'><address type='pci' slot='2'/></controller>
<interface type='user'><model type='virtio'/><address type='pci' bus='1' slot='0'/></interface>
<controller type='usb' model='none'/>
<memballoon model='none'/>";

    const LOOSE: &str = "<interface type='user'><model type='virtio'/></interface>
<interface type='user'><model type='e1000'/></interface>
<disk><target dev='vda' bus='virtio'/></disk>
<disk><target dev='sda' bus='scsi'/></disk>";

    fn add(kind: &str, model: Option<&str>, at: Option<&str>) -> Command {
        let kind = ControllerKind::from_name(kind);
        let model = model.map(Into::into);
        let at = at.map(|at| Address::typed(at, AddressKind::Pci).unwrap());
        let controller = Box::new(Controller { model, ..Controller::new(kind, None) });
        Command::AddController { controller, at }
    }

    /// Free slots of buses that take hot-plug.
    fn pluggable(revision: &Revision) -> usize {
        let buses = crate::topology::PciBuses::of(revision.guest(), |_| true);
        let buses = buses.buses().filter(|(_, bus)| bus.hotplug);
        buses.map(|(_, bus)| bus.slots().filter(|slot| !bus.is_slot_taken(*slot)).count()).sum()
    }

    #[test]
    fn a_new_port_goes_behind_the_others_with_its_numbers() {
        let revision = guest("q35", PORTS);
        let outcome = done(&revision, &add("pci", Some("pcie-root-port"), None));
        let diff = diff(&revision, &outcome).join("\n");
        for part in [
            "+<controller type='pci' index='2' model='pcie-root-port'>",
            "+<model name='pcie-root-port'/>",
            "+<target chassis='2' port='0x11'/>",
            "+<address type='pci' domain='0' bus='0' slot='2' function='1'/>",
            "+<controller type='pci' index='1' model='pcie-root-port'><address type='pci' slot='2' \
             multifunction='on'/></controller>",
        ] {
            assert!(diff.contains(part), "{part} in {diff}");
        }
        assert_eq!(outcome.title, "add pcie-root-port 2");
        assert_eq!(others(&outcome), [""; 0]);
        // With its own place: the numbers follow from it.
        let outcome = done(&revision, &add("pci", Some("pcie-root-port"), Some("0:5.0")));
        assert!(outcome.preview.after.document.text().contains("chassis='2' port='0x28'"));
        let taken = refused(&revision, &add("pci", Some("pcie-root-port"), Some("0:2.0")));
        assert_eq!(taken.code, Code::PciDoubleUse);
    }

    #[test]
    fn controllers_of_every_kind_are_placed() {
        let cases = [
            (
                "q35",
                "scsi",
                Some("virtio-scsi"),
                "<controller type='scsi' index='1' model='virtio-scsi'>",
            ),
            (
                "q35",
                "usb",
                Some("qemu-xhci"),
                "<controller type='usb' index='1' model='qemu-xhci'>",
            ),
            ("q35", "pci", Some("pcie-to-pci-bridge"), "model='pcie-to-pci-bridge'>"),
            ("q35", "pci", Some("pcie-expander-bus"), "<target busNr='254'/>"),
            ("q35", "pci", Some("dmi-to-pci-bridge"), "model='dmi-to-pci-bridge'>"),
            ("q35", "sata", None, "<controller type='sata' index='1'>"),
            ("q35", "virtio-serial", None, "<controller type='virtio-serial' index='0'>"),
            ("pc", "pci", Some("pci-bridge"), "<target chassisNr='1'/>"),
            ("pc", "pci", Some("pci-expander-bus"), "<target busNr='254'/>"),
            ("pc", "scsi", None, "<controller type='scsi' index='1' model='lsilogic'>"),
            ("pc", "ccid", None, "<controller type='ccid' index='0'>"),
            ("ppc64 pseries", "pci", Some("pci-root"), "<target index='1'/>"),
            ("ppc64 pseries", "scsi", Some("ibmvscsi"), "<address type='spapr-vio' reg="),
            ("s390x s390-ccw-virtio", "scsi", Some("virtio-scsi"), "<address type='ccw' cssid="),
            ("aarch64 virt", "pci", Some("pcie-root-port"), "model='pcie-root-port'>"),
        ];
        for (machine, kind, model, want) in cases {
            let loose = LOOSE.replace("'e1000'", "'virtio'");
            let revision = guest(machine, &loose);
            let command = add(kind, model, None);
            let held = Options { freeze_others: true, force: false };
            let outcome = super::super::example::with(&revision, &command, held)
                .unwrap_or_else(|refusal| panic!("{machine} {command}: {refusal:?}"));
            let text = outcome.preview.after.document.text();
            assert!(text.contains(want), "{machine} {command}: {text}");
            let moved = outcome
                .others()
                .filter(|other| !matches!(other.what, Some(crate::edit::Move::Appeared(_))));
            assert_eq!(moved.count(), 0, "{machine} {command}: {:?}", others(&outcome));
        }
    }

    #[test]
    fn what_the_machine_does_not_take_is_refused() {
        for (machine, kind, model, code) in [
            ("pc", "pci", Some("pcie-root-port"), Code::PciNoPlace),
            ("pc", "pci", None, Code::PciModel),
            ("q35", "ide", None, Code::IdeMachine),
            ("isapc", "pci", Some("pci-bridge"), Code::PciNoBuses),
        ] {
            let revision = guest(machine, "<memballoon model='none'/>");
            let refusal = refused(&revision, &add(kind, model, None));
            assert_eq!(refusal.code, code, "{machine} {kind} {model:?}: {refusal}");
        }
    }

    #[test]
    fn room_is_made_and_nobody_moves() {
        for (machine, devices, count, more) in [
            ("q35", PORTS, 4, 4),
            ("q35", LOOSE, 4, 4),
            ("q35", LOOSE, 40, 40),
            ("aarch64 virt", PORTS, 3, 3),
            // A bridge takes a place and has 31.
            ("pc", LOOSE, 4, 30),
            ("pc", LOOSE, 32, 60),
            ("ppc64 pseries", LOOSE, 4, 31),
        ] {
            let revision = guest(machine, devices);
            let outcome = done(&revision, &Command::Reserve(count));
            assert_eq!(others(&outcome), [""; 0], "{machine}");
            assert_eq!(pluggable(&outcome.preview.after), pluggable(&revision) + more, "{machine}");
            let seen =
                outcome.preview.differences.iter().filter(|difference| difference.what.is_none());
            assert_eq!(seen.count(), 0, "{machine}: {:?}", outcome.preview.differences);
        }
        let refusal = refused(&guest("s390x s390-ccw-virtio", ""), &Command::Reserve(1));
        assert_eq!(refusal.code, Code::NoRoomNeeded);
        assert_eq!(refused(&guest("isapc", ""), &Command::Reserve(1)).code, Code::PciNoBuses);
    }
}
