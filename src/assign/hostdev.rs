//! SCSI host devices: their places and controllers; and addresses mediated devices cannot have.
//!
//! Source: `domain_conf.c: virDomainDefMaybeAddHostdevSCSIcontroller`, `domain_postparse.c:
//! virDomainHostdevDefPostParse`, `virDomainHostdevAssignAddress`.

use std::collections::{HashMap, HashSet};

use super::completion::Completion;
use super::lists::DeviceIdx;
use super::scsi::{add_missing, hostdev, is_scsi, scsi_places};
use crate::machine::Drives;
use crate::model::address::DriveAddress;
use crate::model::{
    Address, AddressKind, Code, ControllerIndex, ControllerKind, Device, DeviceClass, Problem, Text,
};

fn scsi_host_devices(completion: &Completion) -> Vec<DeviceIdx> {
    let hostdevs = completion.lists.of(DeviceClass::Hostdev).iter().copied();
    hostdevs.filter(|no| completion.device(*no).is_some_and(is_scsi)).collect()
}

/// Adds the controllers that SCSI host devices name, one after the other: an added one gets the
/// model of the last controller found by then.
pub(super) fn add_controllers(completion: &mut Completion) {
    let mut models: HashMap<ControllerIndex, Option<Text>> = completion
        .domain
        .controllers()
        .filter(|(_, controller)| controller.kind == ControllerKind::Scsi)
        .filter_map(|(_, controller)| Some((controller.index?, controller.model.clone())))
        .collect();
    let mut model: Option<Text> = None;
    let mut next = ControllerIndex(0);
    for no in scsi_host_devices(completion) {
        let Some(device) = completion.device(no) else { continue };
        let key = device.key();
        let index = device
            .address()
            .and_then(Address::drive)
            .map_or(ControllerIndex(0), |at| at.controller);
        if index < next {
            continue;
        }
        if let Some(Some(found)) = models.get(&index) {
            model = Some(found.clone());
        }
        let is_known = |index| models.contains_key(&index);
        add_missing(completion, ControllerKind::Scsi, next..=index, is_known, model.as_ref(), key);
        next = index.next();
        models.entry(index).or_insert_with(|| model.clone());
    }
}

/// Gives SCSI host devices without an address the first place that neither a disk nor another host
/// device has, and refuses addresses that cannot be.
pub(super) fn assign(completion: &mut Completion) {
    let disks = scsi_places(completion, DeviceClass::Disk);
    let hosts = scsi_places(completion, DeviceClass::Hostdev);
    let mut used: HashSet<DriveAddress> = hosts.into_keys().chain(disks.keys().copied()).collect();
    let units: HashMap<ControllerIndex, u32> = completion
        .domain
        .controllers()
        .filter(|(_, controller)| controller.kind == ControllerKind::Scsi)
        .filter_map(|(_, controller)| {
            let drives = Drives::of(controller.kind, controller.model.as_deref())?;
            Some((controller.index?, drives.automatic))
        })
        .collect();
    let units = |at: DriveAddress| units.get(&at.controller).copied().unwrap_or(Drives::AUTOMATIC);
    // Places are never given back: each search starts where the last one ended.
    let mut next = DriveAddress::default();
    for no in completion.lists.of(DeviceClass::Hostdev).to_vec() {
        let Some(device) = completion.device(no) else { continue };
        if !is_scsi(device) {
            if let Some(refusal) = check_mediated(device) {
                completion.refuse(refusal);
            }
            continue;
        }
        if let Some(at) = device.address().and_then(Address::drive) {
            if let Some(disk) = disks.get(&at) {
                let refusal = taken_by_disk(at).on(device.key()).on(*disk);
                completion.refuse(refusal);
            }
            continue;
        }
        if device.address.is_some() {
            continue;
        }
        while used.contains(&next) || next.unit >= units(next) {
            next = following(next, units(next));
        }
        used.insert(next);
        completion.place(no, Address::Drive(next));
        completion
            .explain(no, format!("{next}: the first place that no SCSI disk or host device has"));
    }
}

fn following(at: DriveAddress, units: u32) -> DriveAddress {
    if at.unit + 1 < units {
        DriveAddress { unit: at.unit + 1, ..at }
    } else {
        DriveAddress { controller: at.controller.next(), unit: 0, ..at }
    }
}

fn taken_by_disk(at: DriveAddress) -> Problem {
    let DriveAddress { controller, bus, target, unit } = at;
    Problem::error(Code::ScsiDoubleUse, format!("{at} has a SCSI disk"))
        .quoting(format!(
            "XML error: SCSI host address controller='{controller}' bus='{bus}' target='{target}' \
             unit='{unit}' in use by a SCSI disk"
        ))
        .helping("choose another unit, or remove the address and let libvirt choose")
}

/// A mediated device has an address of its own kind, or none.
fn check_mediated(device: &Device) -> Option<Problem> {
    let hostdev = hostdev(device).filter(|hostdev| hostdev.backend.as_deref() == Some("mdev"))?;
    let (model, kind) = (hostdev.model.as_deref()?, device.address()?.kind());
    let fits = match model {
        "vfio-pci" => kind == AddressKind::Pci,
        "vfio-ccw" => kind == AddressKind::Ccw,
        _ => true,
    };
    (!fits).then(|| {
        let word = kind.as_str();
        Problem::error(Code::MdevAddress, format!("a {model} device has no address of type {word}"))
            .quoting(format!(
                "XML error: Unsupported address type '{word}' with mediated device model '{model}'"
            ))
            .helping("remove the address, and libvirt chooses one")
            .on(device.key())
    })
}

#[cfg(test)]
mod tests {
    use crate::assign::example::{completed, controllers, of_class, words};

    fn scsi(address: &str) -> String {
        format!("<hostdev mode='subsystem' type='scsi'>{address}</hostdev>")
    }

    fn at(controller: u32, unit: u32) -> String {
        format!(
            "<address type='drive' controller='{controller}' bus='0' target='0' unit='{unit}'/>"
        )
    }

    #[test]
    fn host_devices_take_the_first_unit_that_no_disk_has() {
        let disks = "<disk><target dev='sda' bus='scsi'/></disk>\
                     <disk><target dev='sdc' bus='scsi'/></disk>";
        let guest = completed("x86_64", "pc", &(disks.to_owned() + &scsi("").repeat(7)));
        let places = of_class(&guest, "hostdev");
        assert_eq!(places[0], "hostdev:0 drive 0:0:0:1");
        assert_eq!(places[1], "hostdev:1 drive 0:0:0:3");
        assert_eq!(
            places[4..],
            ["hostdev:4 drive 0:0:0:6", "hostdev:5 drive 1:0:0:0", "hostdev:6 drive 1:0:0:1"]
        );
        assert_eq!(controllers(&guest, "scsi"), ["0 lsilogic", "1 lsilogic"]);
    }

    #[test]
    fn an_lsisas1068_that_is_there_has_two_units() {
        let controller = "<controller type='scsi' index='0' model='lsisas1068'/>";
        let guest = completed("x86_64", "pc", &(controller.to_owned() + &scsi("").repeat(3)));
        assert_eq!(of_class(&guest, "hostdev")[2], "hostdev:2 drive 1:0:0:0");
    }

    #[test]
    fn controllers_that_host_devices_name_have_the_model_of_the_highest_one() {
        let controller = "<controller type='scsi' index='2' model='virtio-scsi'/>";
        let guest = completed("x86_64", "pc", &(controller.to_owned() + &scsi(&at(2, 0))));
        assert_eq!(
            controllers(&guest, "scsi"),
            ["2 virtio-scsi", "0 virtio-scsi", "1 virtio-scsi"]
        );
    }

    #[test]
    fn a_place_is_not_given_to_a_disk_and_a_host_device() {
        let disk = format!("<disk><target dev='sda' bus='scsi'/>{}</disk>", at(0, 3));
        let guest = completed("x86_64", "pc", &(disk + &scsi(&at(0, 3))));
        assert_eq!(
            words(&guest),
            [
                "XML error: SCSI host address controller='0' bus='0' target='0' unit='3' in use by a \
             SCSI disk"
            ]
        );
        let disk = "<disk><target dev='sdd' bus='scsi'/></disk>";
        let guest = completed("x86_64", "pc", &(disk.to_owned() + &scsi(&at(0, 3))));
        assert_eq!(
            words(&guest),
            ["unsupported configuration: using disk target name 'sdd' conflicts with SCSI host \
             device address controller='0' bus='0' target='0' unit='3"]
        );
    }

    #[test]
    fn a_mediated_device_has_an_address_of_its_kind() {
        let device = "<hostdev mode='subsystem' type='mdev' model='vfio-pci'>\
                      <address type='ccw' cssid='0xfe' ssid='0' devno='1'/></hostdev>";
        assert_eq!(
            words(&completed("x86_64", "pc", device))[0],
            "XML error: Unsupported address \
             type 'ccw' with mediated device model 'vfio-pci'"
        );
    }
}
