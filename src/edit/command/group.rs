//! `group`: several devices become the functions of one slot.

use std::collections::{BTreeMap, BTreeSet};

use super::change_builder::{ChangeBuilder, name};
use crate::model::address::{Function, Pci, PciAddress};
use crate::model::{Address, Code, Device, DeviceKey, Problem, Selector};

/// Puts devices into the slot of the first, or that of `at`: the first on function 0, the others on
/// the functions that are free, in order. A device that is in the slot already keeps its function.
pub(super) fn build(
    builder: &mut ChangeBuilder<'_>,
    devices: &[Selector],
    at: Option<PciAddress>,
) -> Result<(), Box<Problem>> {
    let mut members: Vec<&Device> = Vec::new();
    let mut met = BTreeSet::new();
    for selector in devices {
        let device = builder.find(selector)?;
        if met.insert(device.key()) {
            members.push(device);
        }
    }
    let Some((first, others)) = members.split_first().filter(|(_, others)| !others.is_empty())
    else {
        return Problem::error(Code::OneDevice, "a group needs at least two devices")
            .helping("name the devices of the slot, the one for function 0 first")
            .refuse();
    };
    let slot = PciAddress { function: Function::ZERO, ..at.map_or_else(|| place(first), Ok)? };
    for device in others {
        place(device)?;
    }
    builder.title = format!("group {} devices in slot {slot}", members.len());
    let keys: Vec<DeviceKey> = members.iter().map(|device| device.key()).collect();
    for (device, function) in functions(builder, first, others, slot)? {
        let to = Address::Pci(Pci::at(PciAddress { function, ..slot }));
        builder.move_to(device, &to, &keys)?;
    }
    Ok(())
}

fn place(device: &Device) -> Result<PciAddress, Box<Problem>> {
    let not_on_pci = || {
        let message = format!("{} is not on PCI", name(device));
        Problem::error(Code::NoSlot, message).on(device.key())
    };
    Ok(device.pci().ok_or_else(not_on_pci)?)
}

/// Assigns a function to each device.
fn functions<'d>(
    builder: &ChangeBuilder<'_>,
    first: &'d Device,
    others: &[&'d Device],
    slot: PciAddress,
) -> Result<Vec<(&'d Device, Function)>, Box<Problem>> {
    let in_slot = |device: &Device| {
        let at = device.pci().filter(|at| (at.bus, at.slot) == (slot.bus, slot.slot))?;
        Some(at.function)
    };
    let is_member = |key: DeviceKey| key == first.key() || others.iter().any(|o| o.key() == key);
    let outside = builder.guest().domain.devices.iter().filter(|device| !is_member(device.key()));
    let mut taken: BTreeMap<Function, DeviceKey> =
        outside.filter_map(|device| Some((in_slot(device)?, device.key()))).collect();
    if let Some(holder) = taken.insert(Function::ZERO, first.key()) {
        let message = format!("{slot} is already used by {holder}");
        return Problem::error(Code::PciDoubleUse, message)
            .helping("name that device first, or choose another slot with --at")
            .on(holder)
            .refuse();
    }
    let mut placed = vec![(first, Function::ZERO)];
    for device in others {
        if let Some(function) = in_slot(device).filter(|own| *own != Function::ZERO) {
            taken.insert(function, device.key());
            placed.push((device, function));
        }
    }
    for device in others {
        if placed.iter().any(|(known, _)| known.key() == device.key()) {
            continue;
        }
        let Some(function) = Function::all().find(|function| !taken.contains_key(function)) else {
            let message = format!("{} does not fit: a slot has eight functions", name(device));
            return Problem::error(Code::SlotFull, message)
                .helping("make two groups")
                .on(device.key())
                .refuse();
        };
        taken.insert(function, device.key());
        placed.push((device, function));
    }
    Ok(placed)
}

#[cfg(test)]
mod tests {
    use super::super::example::{diff, done, guest, named, others, refused};
    use crate::edit::{Command, Revision};
    use crate::model::Code;

    fn group(devices: &str, at: Option<&str>) -> Command {
        Command::Group {
            devices: devices.split(' ').map(named).collect(),
            at: at.map(|at| at.parse().unwrap()),
        }
    }

    fn places(revision: &Revision) -> Vec<String> {
        let devices = revision.domain.devices.iter();
        let pci = devices.filter_map(|device| Some(device.pci()?.to_string()));
        pci.map(|at| at.trim_start_matches("0000:").to_owned()).collect()
    }

    const DEVICES: &str =
        "<interface type='user'><model type='virtio'/><address type='pci' slot='4'/></interface>
<interface type='user'><model type='virtio'/><address type='pci' slot='5'/></interface>
<interface type='user'><model type='virtio'/><address type='pci' slot='5' function='3'/></interface>
<sound model='ac97'/>
<memballoon model='none'/>";

    #[test]
    fn the_first_gets_function_0_and_says_that_there_are_others() {
        let revision = guest("pc", DEVICES);
        let outcome = done(&revision, &group("interface:0 sound:0", None));
        assert_eq!(places(&outcome.preview.after), ["00:04.0", "00:05.0", "00:05.3", "00:04.1"]);
        let text = outcome.preview.after.document.text();
        assert!(text.contains("slot='4' multifunction='on'/>"), "{text}");
        assert_eq!(outcome.title, "group 2 devices in slot 0000:00:04.0");
        assert_eq!(others(&outcome), [""; 0]);
        assert!(done(&outcome.preview.after, &group("interface:0 sound:0", None)).is_empty());
    }

    #[test]
    fn whoever_is_in_the_slot_keeps_its_function() {
        let revision = guest("pc", DEVICES);
        let outcome = done(&revision, &group("interface:1 interface:0 interface:2", None));
        assert_eq!(places(&outcome.preview.after), ["00:05.1", "00:05.0", "00:05.3"]);
        let outcome = done(&revision, &group("interface:1 interface:2", Some("0:9")));
        assert_eq!(places(&outcome.preview.after)[1..], ["00:09.0", "00:09.1"]);
        assert_eq!(diff(&revision, &outcome).len(), 4);
    }

    #[test]
    fn what_cannot_be_one_slot_is_refused() {
        let revision = guest("pc", DEVICES);
        for (devices, at, code) in [
            ("interface:0", None, Code::OneDevice),
            ("interface:0 input:0", None, Code::NoSlot),
            ("interface:0 sound:0", Some("0:5"), Code::PciDoubleUse),
            ("interface:0 sound:0", Some("9:0"), Code::PciNoBus),
            // The device on function 0 must not leave the others alone.
            ("interface:0 interface:1", None, Code::PciNoFunctionZero),
        ] {
            assert_eq!(refused(&revision, &group(devices, at)).code, code, "{devices}");
        }
        let many = "<sound model='ac97'/>\n".repeat(9);
        let revision = guest("pc", &many);
        let names: Vec<_> = (0..9).map(|nth| format!("sound:{nth}")).collect();
        assert_eq!(refused(&revision, &group(&names.join(" "), None)).code, Code::SlotFull);
        let eight = done(&revision, &group(&names[..8].join(" "), Some("0:10")));
        assert_eq!(places(&eight.preview.after)[7], "00:10.7");
    }
}
