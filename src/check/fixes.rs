//! Fixes that many rules offer: another place, no address, no device.
//!
//! A fix from here may not work: `edit` tries each one before it is offered.

use std::collections::HashSet;

use super::evidence::Evidence;
use crate::machine::{BusRules, DiskBus, Need, disk_bus};
use crate::model::address::{DriveAddress, Function, Pci, PciAddress, PortPath, Slot, Usb};
use crate::model::{
    Address, Change, Controller, ControllerIndex, ControllerKind, Device, DeviceKey, Fix, Kind,
    Part, PciModel, Problem,
};
use crate::topology::{Asker, BridgeNesting, Bus, BusId, Place};
use crate::xml::Element;

/// The devices of a problem that are written in the document.
pub(super) fn written<'g>(
    evidence: &Evidence<'g>,
    problem: &Problem,
) -> impl Iterator<Item = &'g Device> {
    let devices: Vec<&'g Device> = problem
        .devices
        .iter()
        .filter_map(|key| evidence.device(*key))
        .filter(|device| !device.is_implied())
        .collect();
    devices.into_iter()
}

/// Moves each device to another PCI address; then offers to remove the addresses.
pub(super) fn pci(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let moves = written(evidence, problem).filter_map(|device| move_on_pci(evidence, device));
    moves.chain(let_choose(evidence, problem)).collect()
}

/// Removes the address of each device, so that libvirt chooses one.
pub(super) fn let_choose(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    written(evidence, problem)
        .filter(|device| device.address.as_ref().is_some_and(|address| address.span.is_some()))
        .map(|device| {
            let title = format!("remove the address of {} and let libvirt choose", name(device));
            Fix::new(title, Change::RemoveAddress(device.key()))
        })
        .collect()
}

/// Removes the addresses of all devices of the problem in one change.
pub(super) fn let_choose_all(evidence: &Evidence<'_>, problem: &Problem) -> Fix {
    let changes = written(evidence, problem).map(|device| Change::RemoveAddress(device.key()));
    Fix::new("remove these addresses and let libvirt choose", Change::Batch(changes.collect()))
}

/// Removes each device of a problem.
pub(super) fn remove(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    written(evidence, problem)
        .map(|device| Fix::new(format!("remove {}", name(device)), Change::Remove(device.key())))
        .collect()
}

/// Removes the numbers of `<target>` that a problem points at, so that libvirt chooses them.
pub(super) fn leave_target(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let mut fixes = Vec::new();
    for device in written(evidence, problem) {
        let target = evidence.element(device).and_then(|element| element.child("target"));
        let wrong = target.into_iter().flat_map(Element::attributes);
        let wrong = wrong.filter(|attribute| problem.spans.contains(&attribute.value_span()));
        fixes.extend(wrong.map(|attribute| {
            let change = unset(device.key(), Part::Child("target"), attribute.name());
            Fix::new(format!("leave {}= to libvirt", attribute.name()), change)
        }));
    }
    fixes
}

/// Adds a master for each USB companion controller, or removes the companion.
pub(super) fn add_master(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let masters = written(evidence, problem).filter_map(|device| {
        let index = device.controller()?.index_or_zero();
        Some(add_controller(ControllerKind::Usb, index, Some("ich9-ehci1")))
    });
    masters.chain(remove(evidence, problem)).collect()
}

/// Moves each USB device to another port, removes its address, or removes the device.
pub(super) fn usb(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let moves = written(evidence, problem).filter_map(|device| {
        let to = free_on_usb(evidence, device)?;
        let port = to.port?;
        let title = format!("move {} to bus {}, port {port}", name(device), to.bus);
        Some(Fix::new(title, Change::Move { device: device.key(), to: Address::Usb(to) }))
    });
    moves.chain(let_choose_or_remove(evidence, problem)).collect()
}

/// The lowest free port on the bus that a device names, ports of hubs last; else on another bus.
fn free_on_usb(evidence: &Evidence<'_>, device: &Device) -> Option<Usb> {
    let Some(Address::Usb(wanted)) = device.address() else { return None };
    let offers = |bus: &Bus| match bus.id {
        BusId::Usb(index) => Some((index != wanted.bus, index, None)),
        BusId::Hub(index, hub) => Some((index != wanted.bus, index, Some(hub))),
        _ => None,
    };
    let buses = evidence.topology.buses();
    let mut buses: Vec<_> = buses.filter_map(|(_, bus)| Some((offers(bus)?, bus))).collect();
    buses.sort_by_key(|(order, _)| *order);
    buses.into_iter().find_map(|((_, bus, hub), ports)| {
        let Place::Port(port) = ports.free_runs().first()?.first else { return None };
        let path = match hub {
            Some(hub) => hub.below(port)?,
            None => PortPath::new(&[port])?,
        };
        Some(Usb { bus, port: Some(path), dev: None })
    })
}

/// Removes the address or the device.
pub(super) fn let_choose_or_remove(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let mut fixes = let_choose(evidence, problem);
    fixes.extend(remove(evidence, problem));
    fixes
}

/// A change that sets an attribute of a device.
pub(super) fn set(device: DeviceKey, part: Part, name: &str, value: impl Into<String>) -> Change {
    Change::SetAttribute { device, part, name: name.to_owned(), value: Some(value.into()) }
}

/// A change that removes an attribute of a device.
pub(super) fn unset(device: DeviceKey, part: Part, name: &str) -> Change {
    Change::SetAttribute { device, part, name: name.to_owned(), value: None }
}

/// A device's title with what distinguishes it from similar devices.
pub(super) fn name(device: &Device) -> String {
    let title = device.title();
    match (&device.kind, device.description()) {
        (Kind::Disk(_) | Kind::Controller(_), _) => title,
        (_, purpose) if purpose.is_empty() => format!("{title} ({})", device.key()),
        (_, purpose) => format!("{title} {purpose}"),
    }
}

fn move_on_pci(evidence: &Evidence<'_>, device: &Device) -> Option<Fix> {
    // A malformed address is none; an address on another kind of bus is not handled here.
    if device.address().is_some_and(|address| !matches!(address, Address::Pci(_))) {
        return None;
    }
    let to = free_on_pci(evidence, device, device.pci(), |_| true)?;
    Some(put_on_pci(device, to))
}

/// Moves a device to a slot of its own.
pub(super) fn put_on_pci(device: &Device, to: PciAddress) -> Fix {
    let pci = match device.address() {
        Some(Address::Pci(pci)) => *pci,
        _ => Pci::default(),
    };
    let to_address = Address::Pci(Pci { at: Some(to), multifunction: None, ..pci });
    let change = Change::Move { device: device.key(), to: to_address };
    Fix::new(format!("move {} to {}", name(device), short(to)), change)
}

/// Moves a device to a root port that is added for it; `None` if a root port does not take it.
pub(super) fn put_on_new_port(evidence: &Evidence<'_>, device: &Device) -> Option<Fix> {
    let takes = BusRules::of(PciModel::PcieRootPort, None).accepts;
    let need = evidence.need(device).filter(|_| evidence.is_express())?;
    if !takes.meets(need.kind) {
        return None;
    }
    let index = free_index(evidence, ControllerKind::Pci);
    let to = PciAddress { bus: index, ..PciAddress::default() };
    let port = add_controller(ControllerKind::Pci, index, Some(PciModel::PcieRootPort.as_str()));
    let title = format!("{} and put {} there", port.title, name(device));
    Some(Fix::new(title, Change::Batch(vec![port.change, put_on_pci(device, to).change])))
}

/// Adds a root port in place of the missing port of a switch.
pub(super) fn make_root_ports(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let ports = written(evidence, problem).filter(|device| {
        let model = device.controller().and_then(Controller::pci_model);
        model == Some(PciModel::PcieSwitchDownstreamPort)
    });
    let made = ports.map(|device| {
        let model = PciModel::PcieRootPort.as_str();
        let mut changes = vec![set(device.key(), Part::Own, "model", model)];
        let has = |child| evidence.element(device).and_then(|found| found.child(child)).is_some();
        if has("model") {
            changes.push(unset(device.key(), Part::Child("model"), "name"));
        }
        if has("address") {
            changes.push(Change::RemoveAddress(device.key()));
        }
        Fix::new(format!("make {} a {model}", name(device)), Change::Batch(changes))
    });
    made.collect()
}

fn short(at: PciAddress) -> String {
    format!("{:02x}:{}", at.bus.0, at.short())
}

/// The nearest free slot that the device may have: upwards from its place on its own bus, then from
/// the start of that bus, then on the first bus where libvirt would put the device, then on any
/// bus; only buses for which `wanted` holds.
pub(super) fn free_on_pci(
    evidence: &Evidence<'_>,
    device: &Device,
    from: Option<PciAddress>,
    wanted: impl Fn(ControllerIndex) -> bool,
) -> Option<PciAddress> {
    let need = evidence.need(device).unwrap_or(Need::PCI);
    let buses = evidence.buses();
    let nesting = BridgeNesting::new(evidence.assigned, device);
    let wanted = |index| wanted(index) && nesting.verdict(index).is_ok();
    let place = |index: ControllerIndex, above: Option<Slot>, asker: Asker| {
        let bus = buses.bus(index).filter(|_| wanted(index))?;
        let slots = bus.slots().filter(|slot| above.is_none_or(|above| *slot > above));
        slots
            .map(|slot| PciAddress { domain: 0, bus: index, slot, function: Function::ZERO })
            .find(|at| !buses.is_slot_taken(*at) && buses.verdict(need, *at, asker).is_ok())
    };
    let anywhere = |asker| buses.buses().find_map(|(index, _)| place(index, None, asker));
    from.and_then(|from| place(from.bus, Some(from.slot), Asker::Written))
        .or_else(|| from.and_then(|from| place(from.bus, None, Asker::Written)))
        .or_else(|| anywhere(Asker::Automatic))
        .or_else(|| anywhere(Asker::Written))
}

/// Moves each device with a drive address to another place on its controller.
pub(super) fn drive(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let moves = written(evidence, problem).filter_map(|device| {
        let to = free_drive(evidence, device)?;
        let title = format!("move {} to {to}", name(device));
        Some(Fix::new(title, Change::Move { device: device.key(), to: Address::Drive(to) }))
    });
    let fixes = moves.chain(let_choose(evidence, problem));
    // Without an address the name decides the place.
    let is_named = |device: &&Device| device.address.as_ref().is_none_or(|at| at.span.is_none());
    fixes.chain(renamed(evidence, written(evidence, problem).filter(is_named))).collect()
}

/// The first free place on a device's controller, else on the next controller that has one.
fn free_drive(evidence: &Evidence<'_>, device: &Device) -> Option<DriveAddress> {
    let topology = evidence.topology;
    let on = device.address()?.drive()?;
    let node = topology.node(topology.node_of(device.key())?)?;
    let BusId::Drive(kind, _) = topology.bus(node.bus?)?.id else { return None };
    let mut indexes: Vec<ControllerIndex> =
        evidence.controllers(kind).filter_map(|(_, controller)| controller.index).collect();
    indexes.sort_unstable();
    let (below, from): (Vec<ControllerIndex>, Vec<ControllerIndex>) =
        indexes.into_iter().partition(|index| *index < on.controller);
    from.into_iter().chain(below).find_map(|controller| {
        let bus = topology.bus(topology.bus_no(BusId::Drive(kind, controller))?)?;
        bus.free_runs().into_iter().find_map(|run| match run.first {
            Place::Drive { bus, target, unit } => {
                Some(DriveAddress { controller, bus, target, unit })
            }
            _ => None,
        })
    })
}

/// The lowest index that no controller of this kind has. Indexes of controllers that libvirt adds
/// count as taken, so that those and their devices stay where they are.
pub(super) fn free_index(evidence: &Evidence<'_>, kind: ControllerKind) -> ControllerIndex {
    let mut indexes = (0..=u32::MAX).map(ControllerIndex);
    indexes.find(|index| !evidence.has_controller(kind, *index)).unwrap_or_default()
}

/// The lowest number from `first` on that is not taken.
pub(super) fn lowest_free(taken: &HashSet<u32>, first: u32) -> u32 {
    let count = u32::try_from(taken.len()).unwrap_or(u32::MAX);
    let mut numbers = first..=first.saturating_add(count);
    numbers.find(|number| !taken.contains(number)).unwrap_or(first)
}

/// Gives each controller of a problem another index.
pub(super) fn other_index(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    written(evidence, problem)
        .filter_map(|device| {
            let controller = device.controller()?;
            let index = free_index(evidence, controller.kind);
            let title = format!("give {} the index {index}", name(device));
            Some(Fix::new(title, set(device.key(), Part::Own, "index", index.to_string())))
        })
        .chain(remove(evidence, problem))
        .collect()
}

/// Adds the controller of this kind and index that a device names.
pub(super) fn add_controller(
    kind: ControllerKind,
    index: ControllerIndex,
    model: Option<&str>,
) -> Fix {
    let controller =
        Controller { model: model.map(Into::into), ..Controller::new(kind, Some(index)) };
    let what = [kind.as_str(), model.unwrap_or_default()].join(" ");
    let title = format!("add a {} controller with index {index}", what.trim_end());
    Fix::new(title, Change::AddController { controller: Box::new(controller), address: None })
}

/// Renames each disk of a problem to a free name of its bus.
pub(super) fn rename_disk(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    renamed(evidence, written(evidence, problem))
}

fn renamed<'g>(evidence: &Evidence<'_>, devices: impl Iterator<Item = &'g Device>) -> Vec<Fix> {
    let names = evidence.disk_names();
    let renamed = devices.filter_map(|device| {
        let Kind::Disk(disk) = &device.kind else { return None };
        let prefix = DiskBus::prefix_of(disk_bus(disk));
        let free = ('a'..='z').map(|letter| format!("{prefix}{letter}"));
        let free = free.into_iter().find(|name| !names.contains(name.as_str()))?;
        let change = set(device.key(), Part::Child("target"), "dev", free.as_str());
        // Source files distinguish two disks of one name.
        let disk = [device.title(), device.description()].join(" ");
        Some(Fix::new(format!("rename {} to {free}", disk.trim_end()), change))
    });
    renamed.collect()
}
