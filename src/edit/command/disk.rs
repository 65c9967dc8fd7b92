//! Commands for names that a guest sees: target and bus of a disk, and `<acpi index=>`.

use std::collections::HashSet;

use super::Naming;
use super::add::pin_new_parents;
use super::change_builder::{ChangeBuilder, movable, name};
use super::dry_run::attempt;
use crate::assign::no_place;
use crate::machine::{DiskBus, disk_bus, disk_place};
use crate::model::{
    Address, Change, Code, Device, DeviceClass, Disk, Kind, Part, Problem, Selector, target_index,
    target_letters, target_prefix,
};
use crate::text::Printable;
use crate::topology::drive_kind;

/// The buses that take such a disk.
pub(super) fn buses(disk: &Disk) -> impl Iterator<Item = &'static str> {
    DiskBus::taking(disk.device.as_deref().unwrap_or("disk"))
}

/// Calls a disk something else; where it is stays, unless the place is to follow the name.
pub(super) fn rename(
    builder: &mut ChangeBuilder<'_>,
    selector: &Selector,
    new: &str,
    naming: Naming,
) -> Result<(), Box<Problem>> {
    let device = builder.find(selector)?;
    let disk = disk(device)?;
    builder.title = format!("call {} {}", name(device), Printable::new(new));
    builder.mark_subject(device.key());
    match (naming, drive_kind(disk).and_then(|kind| disk_place(kind, new))) {
        (Naming::Follow, Some(place)) => {
            builder.move_to(device, &Address::Drive(place), &[device.key()])?;
        }
        (Naming::Follow, None) => return no_named_place(device, new).refuse(),
        // libvirt would take the new name for another place, or another turn.
        (Naming::Keep, _) => builder.freeze(device.key()),
    }
    builder.push(target(device, "dev", new));
    Ok(())
}

fn no_named_place(device: &Device, new: &str) -> Problem {
    no_place(device, format!("no place on its bus has the name {}", Printable::new(new)))
        .helping("only names of IDE, SCSI, SATA and floppy disks determine places")
}

/// Puts a disk on another bus, with a name and an address of the right kind. A disk that was frozen
/// is frozen there.
pub(super) fn set_bus(
    builder: &mut ChangeBuilder<'_>,
    selector: &Selector,
    bus: &str,
    new: Option<&str>,
) -> Result<(), Box<Problem>> {
    let device = builder.find(selector)?;
    let disk = disk(device)?;
    let Some(bus) = buses(disk).find(|known| *known == bus) else {
        let what = Printable::new(disk.device.as_deref().unwrap_or("disk"));
        let bus = Printable::new(bus);
        return Problem::error(Code::DiskBus, format!("no {what} is on a bus '{bus}'"))
            .helping(format!("the buses for it are {}", buses(disk).collect::<Vec<_>>().join(", ")))
            .on(device.key())
            .refuse();
    };
    let old = disk.target.as_deref().unwrap_or_default();
    let new = match new {
        Some(new) => new.to_owned(),
        None => free_name(builder, device, DiskBus::prefix_of(bus)),
    };
    builder.title = format!("put {} on {bus}", name(device));
    if new != old {
        builder.title = format!("{} as {}", builder.title, Printable::new(&new));
    }
    builder.mark_subject(device.key());
    if disk_bus(disk) == bus && new == old {
        builder.notes.push(format!("{} is already there", name(device)));
        return Ok(());
    }
    builder.push(target(device, "bus", bus));
    builder.push(target(device, "dev", &new));
    if bus != "virtio" && disk.model.is_some() {
        // A model of virtio; no other bus has any.
        builder.push(Change::SetAttribute {
            device: device.key(),
            part: Part::Own,
            name: "model".to_owned(),
            value: None,
        });
    }
    let had_address = builder.written(device.key()).is_some_and(|own| own.address.is_some());
    if !had_address {
        return Ok(());
    }
    let was_static = builder.is_static(device);
    let mut sketch = builder.clone();
    sketch.drop_address(device.key());
    let outcome = attempt(&mut sketch)?;
    let guest = outcome.preview.after.guest().domain;
    let key =
        outcome.preview.key_map.iter().find(|(_, old)| **old == device.key()).map(|(new, _)| *new);
    let found = key.and_then(|key| guest.device(key));
    match found.and_then(Device::address).filter(|value| was_static && value.is_complete()) {
        Some(place) => {
            builder.write_address(device, place.clone());
            if let Some(found) = found {
                pin_new_parents(builder, &outcome, found);
            }
        }
        None => builder.drop_address(device.key()),
    }
    Ok(())
}

/// The letters of the old name behind the new prefix, or the first name that is free.
fn free_name(builder: &ChangeBuilder<'_>, device: &Device, prefix: &str) -> String {
    let names: HashSet<&str> = builder
        .guest()
        .domain
        .of_class(DeviceClass::Disk)
        .filter(|other| other.key() != device.key())
        .filter_map(|other| match &other.kind {
            Kind::Disk(disk) => disk.target.as_deref(),
            _ => None,
        })
        .collect();
    let old = match &device.kind {
        Kind::Disk(disk) => disk.target.as_deref().unwrap_or_default(),
        _ => "",
    };
    let own = target_prefix(old).and_then(|own| old.strip_prefix(own));
    let own = own.map(|letters| format!("{prefix}{letters}"));
    let own = own.filter(|name| target_index(name).is_some());
    let all = (0..u32::MAX).map(|nth| match prefix {
        "nvme" => format!("nvme0n{}", nth.saturating_add(1)),
        _ => format!("{prefix}{}", target_letters(nth)),
    });
    own.into_iter().chain(all).find(|name| !names.contains(name.as_str())).unwrap_or_default()
}

/// Sets or takes away the number by which a guest names a NIC.
pub(super) fn set_acpi_index(
    builder: &mut ChangeBuilder<'_>,
    selector: &Selector,
    index: Option<u32>,
) -> Result<(), Box<Problem>> {
    let device = builder.find(selector)?;
    movable(builder.guest(), device)?;
    if device.is_implied() {
        return Problem::error(Code::NotWritten, format!("{} is not in the XML", name(device)))
            .helping("`adopt` adds it")
            .on(device.key())
            .refuse();
    }
    builder.title = match index {
        Some(index) => format!("give {} the ACPI index {index}", name(device)),
        None => format!("remove the ACPI index of {}", name(device)),
    };
    if index.is_some() && device.pci().is_none() {
        return Problem::error(Code::NoSlot, format!("{} is not on PCI", name(device)))
            .helping("an ACPI index is for PCI devices")
            .on(device.key())
            .refuse();
    }
    builder.mark_subject(device.key());
    builder.push(Change::SetAcpiIndex { device: device.key(), index });
    Ok(())
}

fn disk(device: &Device) -> Result<&Disk, Box<Problem>> {
    match &device.kind {
        Kind::Disk(disk) => Ok(disk),
        _ => Problem::error(Code::NoDisk, format!("{} is not a disk", name(device)))
            .on(device.key())
            .refuse(),
    }
}

fn target(device: &Device, attribute: &str, value: &str) -> Change {
    Change::SetAttribute {
        device: device.key(),
        part: Part::Child("target"),
        name: attribute.to_owned(),
        value: Some(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::{diff, done, guest, named, others, refused, with};
    use super::*;
    use crate::edit::{Command, Options};

    const DEVICES: &str = "<disk><target dev='sda' bus='scsi'/><address type='drive' unit='0'/></disk>
<disk><target dev='sdb' bus='scsi'/></disk>
<disk model='virtio-transitional'><target dev='vda' bus='virtio'/><address type='pci' slot='9'/></disk>
<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>
<memballoon model='none'/>";

    fn call(disk: &str, name: &str, naming: Naming) -> Command {
        Command::Rename { disk: named(disk), name: name.to_owned(), naming }
    }

    fn bus(disk: &str, bus: &str) -> Command {
        Command::SetBus { disk: named(disk), bus: bus.to_owned(), name: None }
    }

    #[test]
    fn a_disk_with_another_name_stays_where_it_is_or_follows_it() {
        let revision = guest("pc", DEVICES);
        let outcome = done(&revision, &call("sdb", "sdf", Naming::Keep));
        let text = outcome.preview.after.document.text();
        assert!(
            text.contains("<target dev='sdf' bus='scsi'/><address type='drive' controller='0' bus='0' target='0' unit='1'/>"),
            "{text}"
        );
        assert_eq!(others(&outcome), [""; 0]);
        let moved =
            outcome.preview.differences.iter().filter(|difference| {
                !matches!(difference.what, Some(crate::edit::Move::Kept { .. }))
            });
        let kernel = |difference: &crate::edit::Difference| difference.what.is_some();
        assert!(!moved.into_iter().any(kernel), "{:?}", outcome.preview.differences);
        let outcome = done(&revision, &call("sdb", "sdf", Naming::Follow));
        assert!(
            outcome
                .preview.after
                .document
                .text()
                .contains("dev='sdf' bus='scsi'/><address type='drive' controller='0' bus='0' target='0' unit='5'/>")
        );
        for (disk, name, naming, code) in [
            ("sdb", "sda", Naming::Keep, Code::DiskTargetDoubleUse),
            ("vda", "vdb", Naming::Follow, Code::NoPlace),
            ("interface:0", "vdb", Naming::Keep, Code::NoDisk),
            ("sdb", "sda", Naming::Follow, Code::DiskTargetDoubleUse),
        ] {
            assert_eq!(refused(&revision, &call(disk, name, naming)).code, code, "{disk} {name}");
        }
    }

    #[test]
    fn another_bus_brings_its_kind_of_address_name_and_controller() {
        let revision = guest("pc", DEVICES);
        let outcome = done(&revision, &bus("vda", "sata"));
        let text = outcome.preview.after.document.text();
        assert!(text.contains("<disk><target dev='sdc' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='2'/>"), "{text}");
        assert!(text.contains("<controller type='sata' index='0'>"), "{text}");
        let outcome = done(&revision, &bus("sda", "virtio"));
        let text = outcome.preview.after.document.text();
        assert!(
            text.contains(
                "<target dev='vdb' bus='virtio'/><address type='pci' domain='0' bus='0' slot='4'"
            ),
            "{text}"
        );
        // A device without an address gets none.
        let outcome =
            with(&revision, &bus("sdb", "usb"), Options { freeze_others: true, force: false });
        let outcome = outcome.unwrap();
        assert!(
            diff(&revision, &outcome)
                .contains(&"+<disk><target dev='sdb' bus='usb'/></disk>".to_owned())
        );
        assert_eq!(refused(&revision, &bus("sda", "mmc")).code, Code::DiskBus);
        let cdrom = guest("pc", "<disk device='cdrom'><target dev='hda' bus='ide'/></disk>");
        assert_eq!(refused(&cdrom, &bus("hda", "virtio")).message, "no cdrom is on a bus 'virtio'");
        assert!(done(&revision, &bus("sda", "scsi")).is_empty());
    }

    #[test]
    fn an_acpi_index_names_a_nic() {
        let revision = guest("pc", DEVICES);
        let set = |index| Command::SetAcpiIndex { device: named("interface:0"), index };
        let outcome = done(&revision, &set(Some(7)));
        assert!(outcome.preview.after.document.text().contains("<acpi index='7'/></interface>"));
        assert!(
            done(&outcome.preview.after, &set(None)).preview.after.document.text()
                == revision.document.text()
        );
        let notices: Vec<_> =
            outcome.preview.differences.iter().flat_map(|difference| &difference.notices).collect();
        assert_eq!(notices, [""; 0], "without ACPI nobody reads it");
        assert_eq!(refused(&revision, &set(Some(20_000))).code, Code::AcpiIndexRange);
    }
}
