//! Places of disks on their controllers, and the controllers that takes.
//!
//! Source: `domain_conf.c: virDomainDiskDefAssignAddress`, `domain_postparse.c:
//! virDomainDefAddDiskControllersForType`.

use std::collections::HashSet;

use super::completion::Completion;
use super::scsi::{add_missing, scsi_places};
use crate::machine::{Feature, disk_place};
use crate::model::address::DriveAddress;
use crate::model::{
    Address, Code, ControllerIndex, ControllerKind, Device, DeviceClass, DeviceKey, Kind, Problem,
    Text, nvme_target, target_index,
};
use crate::topology::drive_kind;

/// Gives every disk without an address the place of its target name.
pub(super) fn assign(completion: &mut Completion) {
    let passed_through = scsi_places(completion, DeviceClass::Hostdev);
    for no in completion.lists.of(DeviceClass::Disk).to_vec() {
        let Some(device) = completion.device(no) else { continue };
        let (Kind::Disk(disk), None) = (&device.kind, &device.address) else { continue };
        let key = device.key();
        let target: Text = disk.target.clone().unwrap_or_default();
        let kind = drive_kind(disk);
        let is_known = completion.machine.has(Feature::Nvme) || nvme_target(&target).is_none();
        let Some(index) = target_index(&target).filter(|_| is_known) else {
            completion.refuse(unknown_name(&target).on(key));
            continue;
        };
        let Some((kind, at)) = kind.and_then(|kind| Some((kind, disk_place(kind, &target)?)))
        else {
            continue;
        };
        let host = passed_through.get(&at).filter(|_| kind == ControllerKind::Scsi);
        if let Some(host) = host {
            completion.refuse(taken_by_host_device(&target, at).on(key).on(*host));
            continue;
        }
        completion.place(no, Address::Drive(at));
        completion.explain(no, format!("{at}: the place of {target}, disk {index} of its kind"));
    }
}

fn unknown_name(target: &str) -> Problem {
    let shown = crate::text::Printable::new(target);
    Problem::error(
        Code::DiskName,
        format!("'{shown}' is not a disk name that libvirt can turn into a place"),
    )
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
pub(super) fn add_controllers(completion: &mut Completion) {
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
        for no in completion.lists.of(DeviceClass::Disk) {
            let Some((device, found)) = completion.device(*no).and_then(drive) else { continue };
            if found != kind {
                continue;
            }
            // A disk with an address of another kind needs no controller.
            let Some(at) = device.address().and_then(Address::drive) else { continue };
            let index = at.controller;
            if highest.is_none_or(|(highest, _)| index > highest) {
                highest = Some((index, device.key()));
            }
        }
        if let Some((highest, key)) = highest {
            add_up_to(completion, kind, highest, key);
        }
    }
}

fn drive(device: &Device) -> Option<(&Device, ControllerKind)> {
    match &device.kind {
        Kind::Disk(disk) => Some((device, drive_kind(disk)?)),
        _ => None,
    }
}

/// Adds the missing controllers of a kind from 0 to `highest`. `key` is the device that needs the
/// highest.
fn add_up_to(
    completion: &mut Completion,
    kind: ControllerKind,
    highest: ControllerIndex,
    key: DeviceKey,
) {
    let known: HashSet<ControllerIndex> = completion
        .lists
        .of(DeviceClass::Controller)
        .iter()
        .filter_map(|no| completion.device(*no)?.controller())
        .filter(|controller| controller.kind == kind)
        .filter_map(|controller| controller.index)
        .collect();
    add_missing(
        completion,
        kind,
        ControllerIndex(0)..=highest,
        |index| known.contains(&index),
        None,
        key,
    );
}
