//! SCSI devices, which are disks and host devices: their places, and the controllers they need.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use super::completion::Completion;
use super::lists::DeviceIdx;
use crate::model::address::DriveAddress;
use crate::model::{
    Code, Controller, ControllerIndex, ControllerKind, Device, DeviceClass, DeviceKey, Hostdev,
    Kind, Problem, Text,
};
use crate::topology::drive_kind;

/// The host device of an element, unless it is one of capabilities (containers).
pub(super) fn hostdev(device: &Device) -> Option<&Hostdev> {
    match &device.kind {
        Kind::Hostdev(hostdev) if hostdev.mode.as_deref() != Some("capabilities") => Some(hostdev),
        _ => None,
    }
}

/// Whether a device is a SCSI disk or a SCSI host device.
pub(super) fn is_scsi(device: &Device) -> bool {
    match &device.kind {
        Kind::Disk(disk) => drive_kind(disk) == Some(ControllerKind::Scsi),
        _ => hostdev(device).is_some_and(|hostdev| hostdev.backend.as_deref() == Some("scsi")),
    }
}

/// The SCSI places that devices of a class have.
pub(super) fn scsi_places(
    completion: &Completion,
    class: DeviceClass,
) -> HashMap<DriveAddress, DeviceKey> {
    let devices = completion.lists.of(class).iter().filter_map(|no| completion.device(*no));
    let devices = devices.filter(|device| is_scsi(device));
    // The first of two devices in one place holds it.
    devices.rev().filter_map(|device| Some((device.address()?.drive()?, device.key()))).collect()
}

/// Adds the missing controllers of a kind in `range`. `key` is the device that needs the highest.
pub(super) fn add_missing(
    completion: &mut Completion,
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
        let name = kind.as_str();
        let message = format!("{key} is on {name} controller {highest}, and all below are missing");
        completion.refuse(
            Problem::error(Code::ControllerFarAway, message)
                .helping("choose a controller with a low index")
                .on(key),
        );
        return;
    }
    let range = (range.start().0..=highest.0).map(ControllerIndex);
    for index in range.filter(|index| !is_known(*index)) {
        let controller = Controller { model: model.cloned(), ..Controller::new(kind, Some(index)) };
        let no: DeviceIdx = completion.add(Kind::Controller(controller));
        completion.explain(
            no,
            format!("added: {key} uses controller {highest}, so all up to it are needed"),
        );
    }
}
