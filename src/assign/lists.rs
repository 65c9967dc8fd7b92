//! libvirt's lists of devices: their order decides who is served first.
//!
//! Disks and controllers are sorted on the way in, everything else keeps document order
//! (`domain_conf.c: virDomainDiskInsert`, `virDomainControllerInsertPreAlloced`).

use std::collections::HashMap;

use crate::model::{Controller, DeviceClass, Domain, Kind};

/// Number of a device in [`Domain::devices`].
pub(super) type No = usize;

/// The order in which libvirt visits devices of different classes.
///
/// Source: `domain_conf.c: virDomainDeviceInfoIterateFlags`.
pub(super) const ITERATION: &[DeviceClass] = &[
    DeviceClass::Disk,
    DeviceClass::Interface,
    DeviceClass::Sound,
    DeviceClass::Hostdev,
    DeviceClass::Video,
    DeviceClass::Controller,
    DeviceClass::Smartcard,
    DeviceClass::Serial,
    DeviceClass::Parallel,
    DeviceClass::Channel,
    DeviceClass::Console,
    DeviceClass::Input,
    DeviceClass::Filesystem,
    DeviceClass::Watchdog,
    DeviceClass::Memballoon,
    DeviceClass::Rng,
    DeviceClass::Nvram,
    DeviceClass::Hub,
    DeviceClass::Shmem,
    DeviceClass::Tpm,
    DeviceClass::Panic,
    DeviceClass::Memory,
    DeviceClass::Redirdev,
    DeviceClass::Iommu,
    DeviceClass::Vsock,
    DeviceClass::Crypto,
    DeviceClass::Pstore,
];

/// The devices of each class in libvirt's order.
///
/// An `<interface type='hostdev'>` is in the list of host devices too, before every `<hostdev>`.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists {
    by_class: HashMap<DeviceClass, Vec<No>>,
}

impl Lists {
    /// The lists libvirt has after reading `domain`.
    pub(super) fn new(domain: &Domain) -> Self {
        let mut lists = Self::default();
        for no in 0..domain.devices.len() {
            lists.insert(domain, no);
        }
        lists
    }

    /// The devices of `class`.
    pub(super) fn of(&self, class: DeviceClass) -> &[No] {
        self.by_class.get(&class).map(Vec::as_slice).unwrap_or_default()
    }

    /// Puts a device where libvirt would.
    pub(super) fn insert(&mut self, domain: &Domain, no: No) {
        let Some(device) = domain.devices.get(no) else { return };
        let list = self.by_class.entry(device.class()).or_default();
        match &device.kind {
            Kind::Disk(_) => insert_disk(list, domain, no),
            Kind::Controller(controller) => insert_controller(list, domain, no, controller),
            // The primary video device is the first (`virDomainVideoInsertPrimary`).
            Kind::Video(video) if video.primary => list.insert(0, no),
            Kind::Interface(interface) => {
                list.push(no);
                if interface.backend.as_deref() == Some("hostdev") {
                    let hostdevs = self.by_class.entry(DeviceClass::Hostdev).or_default();
                    let twins = hostdevs.partition_point(|other| {
                        domain
                            .devices
                            .get(*other)
                            .is_some_and(|device| device.class() == DeviceClass::Interface)
                    });
                    hostdevs.insert(twins, no);
                }
            }
            _ => list.push(no),
        }
    }

    /// Sorts the controllers anew, after their indexes were filled in.
    pub(super) fn reinsert_controllers(&mut self, domain: &Domain) {
        for no in self.by_class.remove(&DeviceClass::Controller).unwrap_or_default() {
            self.insert(domain, no);
        }
    }

    /// Every device once, in libvirt's order of visiting.
    pub(super) fn iterate(&self, domain: &Domain) -> Vec<No> {
        let mut order = Vec::with_capacity(domain.devices.len());
        for class in ITERATION {
            // The twin of an interface among the host devices has the same address.
            let is_own =
                |no: &&No| domain.devices.get(**no).is_some_and(|device| device.class() == *class);
            order.extend(self.of(*class).iter().filter(is_own));
        }
        order
    }
}

/// The number libvirt sorts a disk by: the letters behind `hd`, `sd`, ... in base 26
/// (`virutil.c: virDiskNameParse`); `None` when the name has another form.
pub(super) fn disk_index(target: &str) -> Option<u32> {
    const PREFIXES: &[&str] = &["fd", "hd", "vd", "sd", "xvd", "ubd"];
    let rest = PREFIXES.iter().find_map(|prefix| target.strip_prefix(prefix))?;
    let letters = rest.trim_end_matches(|c: char| c.is_ascii_digit());
    if letters.is_empty() || !letters.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    letters.bytes().try_fold(None, |index: Option<u32>, byte| {
        let above = index.map_or(Some(0), |index| index.checked_add(1)?.checked_mul(26))?;
        Some(Some(above.checked_add(u32::from(byte - b'a'))?))
    })?
}

fn insert_disk(list: &mut Vec<No>, domain: &Domain, no: No) {
    let sort = |no: No| match domain.devices.get(no).map(|device| &device.kind) {
        Some(Kind::Disk(disk)) => {
            Some((disk.bus.clone(), disk.target.as_deref().and_then(disk_index)))
        }
        _ => None,
    };
    let Some((bus, index)) = sort(no) else { return };
    let mut after_last_alike = list.len();
    for (at, other) in list.iter().enumerate() {
        let Some((other_bus, other_index)) = sort(*other) else { continue };
        if other_bus != bus {
            continue;
        }
        // A name without index counts as -1.
        if other_index > index {
            list.insert(at, no);
            return;
        }
        after_last_alike = at + 1;
    }
    list.insert(after_last_alike, no);
}

fn insert_controller(list: &mut Vec<No>, domain: &Domain, no: No, controller: &Controller) {
    let mut place = list.len();
    let mut found = None;
    for (at, other) in list.iter().enumerate() {
        let Some(other) = domain.devices.get(*other).and_then(|device| device.controller()) else {
            continue;
        };
        if other.word != controller.word {
            continue;
        }
        let before = match (controller.index, other.index) {
            (Some(own), Some(other_index)) if other_index > own => true,
            // A companion stands behind the master with its index.
            (Some(own), Some(other_index)) => {
                other_index == own && other.master.is_some() && controller.master.is_none()
            }
            _ => false,
        };
        if before {
            found = Some(at);
            break;
        }
        place = at + 1;
    }
    list.insert(found.unwrap_or(place), no);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::{Document, decode::decode};

    fn order(class: DeviceClass, devices: &str) -> Vec<No> {
        let text = format!("<domain><devices>{devices}</devices></domain>");
        let domain = decode(&Document::parse(text).unwrap()).unwrap().domain;
        Lists::new(&domain).of(class).to_vec()
    }

    #[test]
    fn disk_names_count_in_letters() {
        for (name, want) in [
            ("vda", Some(0)),
            ("sdz", Some(25)),
            ("hdaa", Some(26)),
            ("xvdab1", Some(27)),
            ("vd", None),
            ("vd1", None),
            ("nvme0", None),
            ("vdA", None),
        ] {
            assert_eq!(disk_index(name), want, "{name}");
        }
    }

    #[test]
    fn disks_are_sorted_within_their_bus() {
        let disks = "<disk><target dev='vdb' bus='virtio'/></disk>\
                     <disk><target dev='sda' bus='scsi'/></disk>\
                     <disk><target dev='vda' bus='virtio'/></disk>\
                     <disk><target dev='vda'/></disk>";
        assert_eq!(order(DeviceClass::Disk, disks), [2, 0, 1, 3]);
    }

    #[test]
    fn controllers_are_sorted_by_index_within_their_type() {
        let controllers = "<controller type='usb' index='1'/><controller type='pci' index='2'/>\
                           <controller type='pci' index='0'/><controller type='usb'/>\
                           <controller type='usb' index='0'/>";
        assert_eq!(order(DeviceClass::Controller, controllers), [4, 0, 3, 2, 1]);
    }

    #[test]
    fn a_passed_through_nic_is_a_host_device_before_the_others() {
        let devices = "<hostdev type='pci'/><interface type='hostdev'/><hostdev type='usb'/>\
                       <interface type='hostdev'/>";
        assert_eq!(order(DeviceClass::Hostdev, devices), [1, 3, 0, 2]);
        assert_eq!(order(DeviceClass::Interface, devices), [1, 3]);
    }
}
