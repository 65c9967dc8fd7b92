//! Places of disks on their controllers, and the controllers that takes.
//!
//! Source: `domain_conf.c: virDomainDiskDefAssignAddress`, `domain_postparse.c:
//! virDomainDefAddDiskControllersForType`.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use super::hostdev::scsi_places;
use super::lists::No;
use super::work::Work;
use crate::machine::{Feature, disk_place};
use crate::model::address::DriveAddress;
use crate::model::{
    Address, Code, Controller, ControllerIndex, ControllerKind, Device, DeviceClass, DeviceKey,
    Kind, Problem, Text, nvme_target, target_index,
};
use crate::topology::drive_kind;

/// Gives every disk without an address the place its target name stands for.
pub(super) fn assign(work: &mut Work) {
    let passed_through = scsi_places(work, DeviceClass::Hostdev);
    for no in work.lists.of(DeviceClass::Disk).to_vec() {
        let Some(device) = work.device(no) else { continue };
        let (Kind::Disk(disk), None) = (&device.kind, &device.address) else { continue };
        let key = device.key();
        let target: Text = disk.target.clone().unwrap_or_default();
        let kind = drive_kind(disk);
        let is_known = work.machine.has(Feature::Nvme) || nvme_target(&target).is_none();
        let Some(index) = target_index(&target).filter(|_| is_known) else {
            work.refuse(unknown_name(&target).on(key));
            continue;
        };
        let Some((kind, at)) = kind.and_then(|kind| Some((kind, disk_place(kind, &target)?)))
        else {
            continue;
        };
        let host = passed_through.get(&at).filter(|_| kind == ControllerKind::Scsi);
        if let Some(host) = host {
            work.refuse(taken_by_host_device(&target, at).on(key).on(*host));
            continue;
        }
        work.place(no, Address::Drive(at));
        work.explain(no, format!("{at}: the place of {target}, disk {index} of its kind"));
    }
}

fn unknown_name(target: &str) -> Problem {
    let shown = crate::text::Printable::new(target);
    Problem::error(Code::DiskName, format!("'{shown}' is no name libvirt can number disks by"))
        .quoting(format!("XML error: Unknown disk name '{shown}' and no address specified"))
        .helping("name it by its bus and letters, such as sda, vdb or hdc, or write an address")
}

fn taken_by_host_device(target: &str, at: DriveAddress) -> Problem {
    let DriveAddress { controller, bus, target: scsi_target, unit } = at;
    let shown = crate::text::Printable::new(target);
    Problem::error(Code::ScsiDoubleUse, format!("{at}, the place of {target}, has a host device"))
        // The quote is not closed in libvirt either.
        .quoting(format!(
            "unsupported configuration: using disk target name '{shown}' conflicts with SCSI \
             host device address controller='{controller}' bus='{bus}' target='{scsi_target}' \
             unit='{unit}"
        ))
        .helping("choose another target name, or another address for the host device")
}

/// Adds every controller up to the highest that disks of its kind use.
pub(super) fn add_controllers(work: &mut Work) {
    /// In libvirt's order.
    const KINDS: [ControllerKind; 5] = [
        ControllerKind::Scsi,
        ControllerKind::Fdc,
        ControllerKind::Ide,
        ControllerKind::Sata,
        ControllerKind::Nvme,
    ];
    for kind in KINDS {
        let mut highest: Option<(ControllerIndex, DeviceKey)> = None;
        for no in work.lists.of(DeviceClass::Disk) {
            let Some((device, found)) = work.device(*no).and_then(drive) else { continue };
            if found != kind {
                continue;
            }
            // A disk with an address of another kind needs no controller.
            let Some(at) = device.value().and_then(Address::drive) else { continue };
            let index = at.controller;
            if highest.is_none_or(|(highest, _)| index > highest) {
                highest = Some((index, device.key()));
            }
        }
        if let Some((highest, key)) = highest {
            add_up_to(work, kind, highest, key);
        }
    }
}

fn drive(device: &Device) -> Option<(&Device, ControllerKind)> {
    match &device.kind {
        Kind::Disk(disk) => Some((device, drive_kind(disk)?)),
        _ => None,
    }
}

/// Adds the controllers of a kind from 0 to `highest` that are missing. `key` is who needs the
/// highest.
fn add_up_to(work: &mut Work, kind: ControllerKind, highest: ControllerIndex, key: DeviceKey) {
    let known: HashSet<ControllerIndex> = work
        .lists
        .of(DeviceClass::Controller)
        .iter()
        .filter_map(|no| work.device(*no)?.controller())
        .filter(|controller| controller.kind == kind)
        .filter_map(|controller| controller.index)
        .collect();
    add_missing(
        work,
        kind,
        ControllerIndex(0)..=highest,
        |index| known.contains(&index),
        None,
        key,
    );
}

/// Adds the controllers of a kind in `range` that are not known. `key` is who needs the highest.
pub(super) fn add_missing(
    work: &mut Work,
    kind: ControllerKind,
    range: RangeInclusive<ControllerIndex>,
    is_known: impl Fn(ControllerIndex) -> bool,
    model: Option<&Text>,
    key: DeviceKey,
) {
    /// libvirt has no bound; a guest with so many controllers has a slip of the pen.
    const MOST: ControllerIndex = ControllerIndex(4096);
    let highest = *range.end();
    if highest >= MOST {
        let name = kind.word();
        let message = format!("{key} is on {name} controller {highest}, and all below are missing");
        work.refuse(
            Problem::error(Code::ControllerFarAway, message)
                .helping("choose a controller with a low index")
                .on(key),
        );
        return;
    }
    let range = (range.start().0..=highest.0).map(ControllerIndex);
    for index in range.filter(|index| !is_known(*index)) {
        let controller = Controller { model: model.cloned(), ..Controller::new(kind, Some(index)) };
        let no: No = work.add(Kind::Controller(controller));
        work.explain(no, format!("added: {key} needs controllers up to {highest}"));
    }
}
