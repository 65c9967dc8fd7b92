//! Warnings about choices of libvirt that are legal but unexpected.

use std::collections::HashMap;

use super::{Assignment, ParseMode, assign};
use crate::model::{
    Address, Code, ControllerIndex, ControllerKind, Device, DeviceKey, Domain, Interface, Kind,
    Origin, PciModel, Problem, Severity,
};
use crate::topology::drive_kind;

/// From so many added controllers of a kind on there is a warning.
const MANY: usize = 12;

/// Warnings about `assignment`, which was made from `written`: many controllers for one high number.
pub fn warnings(written: &Domain, assignment: &Assignment) -> Vec<Problem> {
    let mut added: HashMap<ControllerKind, usize> = HashMap::new();
    for (device, controller) in assignment.domain.controllers() {
        if device.is_implied() && !controller.pci_model().is_some_and(PciModel::is_root) {
            *added.entry(controller.kind).or_default() += 1;
        }
    }
    let highest = highest(written, assignment);
    let mut kinds: Vec<_> = added.into_iter().filter(|(_, count)| *count >= MANY).collect();
    kinds.sort_unstable();
    kinds
        .into_iter()
        .filter_map(|(kind, count)| {
            let (number, device) = highest.get(&kind)?;
            // Many devices that need a bus each are no surprise.
            (usize::try_from(number.0).ok()? + 1 >= count)
                .then(|| many(kind, count, *number, *device))
        })
        .collect()
}

fn many(kind: ControllerKind, count: usize, number: ControllerIndex, device: DeviceKey) -> Problem {
    let word = kind.as_str();
    let message = format!(
        "{device} names {word} controller {number}: libvirt adds {count} {word} controllers to get \
         there"
    );
    Problem::warning(Code::ManyControllers, message)
        .on(device)
        .helping("name a lower one; libvirt fills every number up to the highest that is used")
}

/// The highest controller of each kind that the XML names, and the device that names it.
fn highest(
    written: &Domain,
    assignment: &Assignment,
) -> HashMap<ControllerKind, (ControllerIndex, DeviceKey)> {
    let mut highest: HashMap<ControllerKind, (ControllerIndex, DeviceKey)> = HashMap::new();
    let mut note = |kind: ControllerKind, number: ControllerIndex, key: DeviceKey| {
        let known = highest.entry(kind).or_insert((number, key));
        if known.0 < number {
            *known = (number, key);
        }
    };
    for device in &written.devices {
        if let Some((controller, index)) = device.controller().and_then(|c| Some((c, c.index?))) {
            note(controller.kind, index, device.key());
        }
        if let Some(at) = device.pci() {
            note(ControllerKind::Pci, at.bus, device.key());
        }
    }
    // A disk's target name decides about its controller.
    for device in &assignment.domain.devices {
        let kind = match &device.kind {
            Kind::Disk(disk) => drive_kind(disk),
            Kind::Hostdev(_) => Some(ControllerKind::Scsi),
            _ => None,
        };
        if let (Some(kind), Some(Address::Drive(drive))) = (kind, device.address()) {
            note(kind, drive.controller, device.key());
        }
    }
    highest
}

/// A note when the addresses that were chosen depend on the order of devices: a network interface
/// written before all others would move some of them. It takes a second assignment to know.
pub fn order_matters(
    written: &Domain,
    assignment: &Assignment,
    mode: ParseMode,
) -> Option<Problem> {
    let mut domain = written.clone();
    let nic = Interface {
        backend: Some("user".into()),
        model: Some("virtio".into()),
        ..Interface::default()
    };
    // The first in order has the next key all the same, so that the keys of the others stay.
    domain.devices.insert(0, written.next(Kind::Interface(nic)));
    let other = assign(&domain, mode).domain;
    let after: HashMap<DeviceKey, &Device> =
        other.devices.iter().map(|device| (device.key(), device)).collect();
    let is_chosen = |device: &&Device| {
        !device.is_implied()
            && device.address.as_ref().is_some_and(|a| a.origin == Origin::Assigned)
    };
    let chosen = assignment.domain.devices.iter().filter(is_chosen);
    let moves: Vec<(&Device, &Address, &Address)> = chosen
        .filter_map(|device| {
            let (old, new) = (device.address()?, after.get(&device.key())?.address()?);
            (old != new).then_some((device, old, new))
        })
        .collect();
    let (device, old, new) = moves.first()?;
    let message = format!(
        "addresses depend on the order of devices: a NIC added before the others would move {} \
         of them, {} from {old} to {new}",
        moves.len(),
        device.key()
    );
    let note = Problem::new(Code::OrderMatters, Severity::Note, message);
    Some(note.on(device.key()).helping("freeze the addresses: `assign --write`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::{Document, decode::decode};

    fn guest(devices: &str) -> (Domain, Assignment) {
        let text = format!(
            "<domain><os><type arch='x86_64' machine='pc'>hvm</type></os>\
             <devices>{devices}</devices></domain>"
        );
        let domain = decode(&Document::parse(text).unwrap()).unwrap().domain;
        let assignment = assign(&domain, ParseMode::Define);
        (domain, assignment)
    }

    fn messages(devices: &str) -> Vec<String> {
        let (domain, assignment) = guest(devices);
        warnings(&domain, &assignment).into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn one_high_number_that_adds_dozens_of_controllers_is_told_with_its_device() {
        let nic = |bus: u32| {
            format!("<interface type='user'><address type='pci' bus='{bus}' slot='1'/></interface>")
        };
        let told = messages(&nic(40));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("interface:0 names pci controller 40: "), "{told:?}");
        assert!(told[0].contains("adds 40 pci controllers"), "{told:?}");
        assert_eq!(messages(&nic(5)), [""; 0]);
        let told = messages("<disk><target dev='sdzz' bus='scsi'/></disk>");
        assert!(told[0].contains("disk:0 names scsi controller 100"), "{told:?}");
    }

    #[test]
    fn many_devices_that_need_many_buses_are_no_surprise() {
        let nics = "<interface type='user'/>".repeat(500);
        assert_eq!(messages(&nics), [""; 0]);
    }

    #[test]
    fn whether_a_new_first_device_would_move_others_is_found_out() {
        let (domain, assignment) = guest("<sound model='ac97'/>");
        let note = order_matters(&domain, &assignment, ParseMode::Define).unwrap();
        assert!(
            note.message.ends_with("sound:0 from pci 0000:00:02.0 to pci 0000:00:03.0"),
            "{}",
            note.message
        );
        let (domain, assignment) =
            guest("<sound model='ac97'><address type='pci' slot='4'/></sound>");
        assert_eq!(order_matters(&domain, &assignment, ParseMode::Define), None);
    }
}
