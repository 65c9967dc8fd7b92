//! `move`: another place for a device, for a whole slot of functions, for a disk and its name.

use super::change_builder::{ChangeBuilder, name};
use super::{Extent, Naming};
use crate::machine::disk_name;
use crate::model::address::{Function, Pci, PciAddress};
use crate::model::{Address, Change, Code, Device, DeviceKey, Kind, Part, Problem, Selector};
use crate::topology::drive_kind;

/// Moves a device, or all functions of its slot, to `to`.
pub(super) fn build(
    builder: &mut ChangeBuilder<'_>,
    selector: &Selector,
    to: &Address,
    extent: Extent,
    naming: Naming,
) -> Result<(), Box<Problem>> {
    let device = builder.find(selector)?;
    builder.title = format!("move {} to {to}", name(device));
    match extent {
        Extent::Device => builder.move_to(device, to, &[device.key()]).map_err(offering_swap)?,
        Extent::Slot => whole_slot(builder, device, to)?,
    }
    match naming {
        Naming::Keep => Ok(()),
        Naming::Follow => rename(builder, device, to),
    }
}

/// Offers to swap places if another device is there.
fn offering_swap(refusal: Box<Problem>) -> Box<Problem> {
    if refusal.code != Code::PciDoubleUse || refusal.devices.is_empty() {
        return refusal;
    }
    let help = "choose a free place, or exchange the two with `swap`";
    Box::new(refusal.helping(help))
}

fn whole_slot(
    builder: &mut ChangeBuilder<'_>,
    device: &Device,
    to: &Address,
) -> Result<(), Box<Problem>> {
    let (Some(from), Some(to)) = (device.pci(), to.pci()) else {
        return Problem::error(Code::NoSlot, "only a PCI device has a slot that can move with it")
            .helping("leave out --slot")
            .on(device.key())
            .refuse();
    };
    let in_slot = |slot: PciAddress| {
        let devices = builder.guest().domain.devices.iter();
        let here = devices.filter_map(move |device| Some((device, device.pci()?)));
        here.filter(move |(_, at)| (at.bus, at.slot) == (slot.bus, slot.slot))
    };
    let members: Vec<(&Device, PciAddress)> = in_slot(from).collect();
    let keys: Vec<DeviceKey> = members.iter().map(|(device, _)| device.key()).collect();
    let mut there = in_slot(to);
    if let Some((other, at)) = there.find(|(device, _)| !keys.contains(&device.key())) {
        let message = format!("{at} is already used by {}", other.key());
        return Problem::error(Code::PciDoubleUse, message)
            .helping("choose a slot in which no function is taken")
            .on(other.key())
            .refuse();
    }
    drop(there);
    let slot = PciAddress { function: Function::ZERO, ..to };
    builder.title =
        format!("move the slot of {}, {} functions, to pci {slot}", name(device), keys.len());
    for (member, at) in members {
        let to = Address::Pci(Pci::at(PciAddress { function: at.function, ..slot }));
        builder.move_to(member, &to, &keys)?;
    }
    Ok(())
}

/// Gives a disk the target name of its new place.
fn rename(
    builder: &mut ChangeBuilder<'_>,
    device: &Device,
    to: &Address,
) -> Result<(), Box<Problem>> {
    let found = match (&device.kind, to.drive()) {
        (Kind::Disk(disk), Some(at)) => drive_kind(disk).and_then(|kind| {
            let old = disk.target.as_deref()?;
            Some((old, disk_name(kind, at, old)?))
        }),
        _ => None,
    };
    let Some((old, new)) = found else {
        return Problem::error(Code::NoDiskName, format!("no disk name belongs to {to}"))
            .helping("leave out --rename; the name may be any")
            .on(device.key())
            .refuse();
    };
    if old == new {
        return Ok(());
    }
    builder.notes.push(format!("{old} is renamed {new}"));
    builder.push(Change::SetAttribute {
        device: device.key(),
        part: Part::Child("target"),
        name: "dev".to_owned(),
        value: Some(new),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::example::{diff, done, guest, moving, named, others, refused, with};
    use super::*;
    use crate::edit::{Command, Options, Revision};

    const FROZEN: &str =
        "<disk><target dev='vda' bus='virtio'/><address type='pci' slot='4'/></disk>
<interface type='user'><model type='virtio'/><address type='pci' slot='5'/></interface>
<memballoon model='none'/>";

    fn slot(revision: &Revision, device: &str, to: &str) -> Command {
        let Command::Move { device, to, naming, .. } = moving(revision, device, to) else {
            unreachable!()
        };
        Command::Move { device, to, extent: Extent::Slot, naming }
    }

    #[test]
    fn only_the_address_changes_in_its_own_spelling() {
        let revision = guest("pc", FROZEN);
        let outcome = done(&revision, &moving(&revision, "vda", "0:10"));
        assert_eq!(
            diff(&revision, &outcome),
            [
                "-<disk><target dev='vda' bus='virtio'/><address type='pci' slot='4'/></disk>",
                "+<disk><target dev='vda' bus='virtio'/><address type='pci' slot='16'/></disk>"
            ]
        );
        assert_eq!(outcome.title, "move disk vda to pci 0000:00:10.0");
        assert_eq!(others(&outcome), [""; 0]);
    }

    #[test]
    fn what_is_not_legal_is_refused_with_its_reason() {
        let revision = guest("pc", FROZEN);
        for (device, to, code) in [
            ("vda", "0:5", Code::PciDoubleUse),
            ("vda", "0:1", Code::PciDoubleUse),
            ("vda", "7:1", Code::PciNoBus),
            ("vda", "0:0", Code::PciSlotTooLow),
            ("vda", "0:6.1", Code::PciNoFunctionZero),
            ("vda", "drive:0:0:0:1", Code::AddressKind),
            ("controller:0", "0:9", Code::ChipsetPlace),
            ("input:0", "0:9", Code::AddressKind),
        ] {
            let device = named(device);
            let to = device.find(revision.guest().domain).unwrap().typed_address(to).unwrap();
            let command =
                Command::Move { device, to, extent: Extent::Device, naming: Naming::Keep };
            assert_eq!(refused(&revision, &command).code, code, "{command}");
        }
        done(&revision, &moving(&revision, "vda", "0:5.1"));
        let force = Options { force: true, freeze_others: false };
        let outcome = with(&revision, &moving(&revision, "vda", "0:6.1"), force).unwrap();
        assert_eq!(outcome.problems.len(), 1);
    }

    #[test]
    fn function_0_says_whether_there_are_others() {
        let revision = guest("pc", FROZEN);
        let joined = done(&revision, &moving(&revision, "vda", "0:5.1"));
        let text = joined.preview.after.document.text();
        assert!(text.contains("<address type='pci' slot='5' multifunction='on'/>"), "{text}");
        let alone = done(&joined.preview.after, &moving(&joined.preview.after, "vda", "0:4"));
        let text = alone.preview.after.document.text();
        assert!(text.contains("<address type='pci' slot='5'/>"), "{text}");
        // An unfrozen function 0 is frozen: another function depends on it.
        let revision = guest("pc", &FROZEN.replace("<address type='pci' slot='5'/>", ""));
        let joined = done(&revision, &moving(&revision, "vda", "0:2.1"));
        let text = joined.preview.after.document.text();
        assert!(text.contains("slot='2' function='0' multifunction='on'/>"), "{text}");
    }

    #[test]
    fn function_0_does_not_leave_others_behind_but_takes_them_along() {
        let revision = guest("pc", FROZEN);
        let joined = done(&revision, &moving(&revision, "vda", "0:5.1")).preview.after;
        let refusal = refused(&joined, &moving(&joined, "interface:0", "0:9"));
        assert_eq!(refusal.code, Code::PciNoFunctionZero);
        let moved = done(&joined, &slot(&joined, "vda", "0:9")).preview.after;
        let text = moved.document.text();
        assert!(text.contains("slot='9' function='1'/>"), "{text}");
        assert!(text.contains("slot='9' multifunction='on'/>"), "{text}");
        let other = guest(
            "pc",
            &format!(
                "{FROZEN}\n<sound model='ac97'><address type='pci' slot='9' function='2'/></sound>"
            ),
        );
        assert_eq!(refused(&other, &slot(&other, "vda", "0:9")).code, Code::PciDoubleUse);
    }

    #[test]
    fn a_bridge_takes_along_what_is_behind_it_without_a_word() {
        let devices = "<controller type='pci' index='1' model='pci-bridge'><address type='pci' slot='6'/></controller>
<sound model='ac97'><address type='pci' bus='1' slot='2'/></sound>
<memballoon model='none'/>";
        let revision = guest("pc", devices);
        let outcome = done(&revision, &moving(&revision, "controller:0", "0:8"));
        assert_eq!(diff(&revision, &outcome).len(), 2);
        assert_eq!(
            refused(&revision, &moving(&revision, "controller:0", "1:8")).code,
            Code::PciLoop
        );
    }

    #[test]
    fn an_unfrozen_device_takes_the_ports_of_its_new_place_along() {
        let devices = "<interface type='user'><model type='virtio'/></interface>
<interface type='user'><model type='virtio'/></interface>
<memballoon model='none'/>";
        let revision = guest("q35", devices);
        let outcome = done(&revision, &moving(&revision, "interface:0", "4:0"));
        let text = outcome.preview.after.document.text();
        assert!(
            text.contains("<controller type='pci' index='4' model='pcie-root-port'>"),
            "{text}"
        );
        assert!(text.contains("bus='0x04' slot='0x00'"), "{text}");
    }

    #[test]
    fn a_disk_may_be_called_after_its_place() {
        let devices = "<disk><target dev='sda' bus='scsi'/><address type='drive' controller='0' unit='0'/></disk>
<disk><target dev='sdb' bus='scsi'/></disk>
<memballoon model='none'/>";
        let revision = guest("pc", devices);
        let rename = |to: &str| {
            let Command::Move { device, to, extent, .. } = moving(&revision, "sda", to) else {
                unreachable!()
            };
            Command::Move { device, to, extent, naming: Naming::Follow }
        };
        let outcome = done(&revision, &rename("0:3"));
        let text = outcome.preview.after.document.text();
        assert!(
            text.contains(
                "<target dev='sdd' bus='scsi'/><address type='drive' controller='0' unit='3'/>"
            ),
            "{text}"
        );
        assert_eq!(others(&outcome), [""; 0]);
        assert_eq!(refused(&revision, &rename("0:1")).code, Code::DriveDoubleUse);
        assert_eq!(refused(&revision, &rename("1:1")).code, Code::NoController);
        let outcome = done(&revision, &moving(&revision, "sda", "0:3"));
        assert!(outcome.preview.after.document.text().contains("dev='sda'"));
    }
}
