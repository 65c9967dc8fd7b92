//! libvirt's lists of devices: their order decides which device gets a place first.
//!
//! Disks and controllers are sorted on insertion, everything else keeps document order
//! (`domain_conf.c: virDomainDiskInsert`, `virDomainControllerInsertPreAlloced`).

use std::collections::{BTreeMap, HashMap};

use crate::model::{
    Controller, ControllerIndex, DeviceClass, Disk, Domain, Kind, Text, target_index,
};

/// Index of a device in [`Domain::devices`].
pub(super) type DeviceIdx = usize;

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
    by_class: BTreeMap<DeviceClass, Vec<DeviceIdx>>,
    /// Controllers grouped by type; the types in order of first occurrence.
    types: Vec<Type>,
    /// The number of host devices that are interfaces.
    twins: usize,
}

/// The controllers of one type within the list.
#[derive(Clone, Debug)]
struct Type {
    word: Text,
    count: usize,
    /// The highest index so far.
    highest: Option<ControllerIndex>,
    /// Whether some have no index: they keep their order, and the others are not sorted.
    has_open: bool,
}

impl Lists {
    /// The lists libvirt has after reading `domain`.
    pub(super) fn new(domain: &Domain) -> Self {
        let mut lists = Self::default();
        let mut disks = Disks::default();
        for (no, device) in domain.devices.iter().enumerate() {
            match &device.kind {
                Kind::Disk(disk) => disks.push(disk, no),
                _ => lists.insert(domain, no),
            }
        }
        lists.by_class.insert(DeviceClass::Disk, disks.sorted());
        lists
    }

    /// The devices of `class`.
    pub(super) fn of(&self, class: DeviceClass) -> &[DeviceIdx] {
        self.by_class.get(&class).map(Vec::as_slice).unwrap_or_default()
    }

    /// Puts a device where libvirt would. Disks are only sorted by [`Lists::new`]: none is ever
    /// added.
    pub(super) fn insert(&mut self, domain: &Domain, no: DeviceIdx) {
        let Some(device) = domain.devices.get(no) else { return };
        let list = self.by_class.entry(device.class()).or_default();
        match &device.kind {
            Kind::Controller(controller) => {
                insert_controller(list, &mut self.types, domain, no, controller);
            }
            // The primary video device is the first (`virDomainVideoInsertPrimary`).
            Kind::Video(video) if video.primary => list.insert(0, no),
            Kind::Interface(interface) => {
                list.push(no);
                if interface.backend.as_deref() == Some("hostdev") {
                    let hostdevs = self.by_class.entry(DeviceClass::Hostdev).or_default();
                    hostdevs.insert(self.twins.min(hostdevs.len()), no);
                    self.twins += 1;
                }
            }
            _ => list.push(no),
        }
    }

    /// Puts a device behind all others of its class.
    pub(super) fn append(&mut self, class: DeviceClass, no: DeviceIdx) {
        self.by_class.entry(class).or_default().push(no);
    }

    /// Sorts the controllers anew, after their indexes were filled in.
    pub(super) fn reinsert_controllers(&mut self, domain: &Domain) {
        self.types.clear();
        for no in self.by_class.remove(&DeviceClass::Controller).unwrap_or_default() {
            self.insert(domain, no);
        }
    }

    /// Every device once, in libvirt's order of visiting. A console that mirrors the first serial
    /// port is that port.
    pub(super) fn iterate(&self, domain: &Domain) -> Vec<DeviceIdx> {
        let mut order = Vec::with_capacity(domain.devices.len());
        for class in ITERATION {
            // The twin of an interface among the host devices has the same address.
            let is_own = |no: &&DeviceIdx| {
                domain.devices.get(**no).is_some_and(|device| device.class() == *class)
                    && !self.is_mirror(domain, **no)
            };
            order.extend(self.of(*class).iter().filter(is_own));
        }
        order
    }

    /// Whether a device is a console that represents the first serial port (`domain_conf.c:
    /// virDomainDeviceInfoIterateFlags`).
    pub(super) fn is_mirror(&self, domain: &Domain, no: DeviceIdx) -> bool {
        self.of(DeviceClass::Console).first() == Some(&no)
            && domain.devices.get(no).and_then(|device| device.chardev()).is_some_and(|console| {
                matches!(console.target_type.as_deref(), None | Some("serial"))
            })
    }
}

/// Disks while they are brought into libvirt's order: grouped by `bus=`, sorted by the index of
/// their target; the buses in order of first occurrence. A disk without `bus=` is in a group of its
/// own, although it gets a bus later (`domain_conf.c: virDomainDiskInsert`).
#[derive(Default)]
struct Disks<'d> {
    buses: HashMap<Option<&'d str>, usize>,
    groups: Vec<Vec<(Option<u32>, DeviceIdx)>>,
}

impl<'d> Disks<'d> {
    fn push(&mut self, disk: &'d Disk, no: DeviceIdx) {
        let next = self.groups.len();
        let at = *self.buses.entry(disk.bus.as_deref()).or_insert(next);
        if at == next {
            self.groups.push(Vec::new());
        }
        if let Some(group) = self.groups.get_mut(at) {
            group.push((disk.target.as_deref().and_then(target_index), no));
        }
    }

    fn sorted(mut self) -> Vec<DeviceIdx> {
        for group in &mut self.groups {
            // A name without index counts as -1; equal ones keep the document's order.
            group.sort_by_key(|(index, _)| *index);
        }
        self.groups.into_iter().flatten().map(|(_, no)| no).collect()
    }
}

fn insert_controller(
    list: &mut Vec<DeviceIdx>,
    types: &mut Vec<Type>,
    domain: &Domain,
    no: DeviceIdx,
    controller: &Controller,
) {
    let mut start = 0;
    let known = types.iter_mut().find(|known| {
        let found = known.word == controller.word;
        start += if found { 0 } else { known.count };
        found
    });
    let Some(known) = known else {
        let word = controller.word.clone();
        let has_open = controller.index.is_none();
        types.push(Type { word, count: 1, highest: controller.index, has_open });
        list.push(no);
        return;
    };
    let end = start + known.count;
    known.count += 1;
    let is_next = controller.index.is_none() || known.highest < controller.index;
    known.highest = known.highest.max(controller.index);
    known.has_open |= controller.index.is_none();
    let has_open = known.has_open;
    let before = |other: &DeviceIdx| {
        let other = domain.devices.get(*other).and_then(|device| device.controller());
        let other_index = other.and_then(|other| other.index);
        match (controller.index, other_index) {
            (Some(own), Some(index)) if index > own => true,
            // A companion comes after the master with its index.
            (Some(own), Some(index)) => {
                index == own
                    && other.is_some_and(|other| other.master.is_some())
                    && controller.master.is_none()
            }
            _ => false,
        }
    };
    let alike = list.get(start..end).unwrap_or_default();
    let at = match (is_next, has_open) {
        (true, _) => alike.len(),
        (false, true) => alike.iter().position(before).unwrap_or(alike.len()),
        (false, false) => alike.partition_point(|other| !before(other)),
    };
    list.insert(start + at, no);
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;
    use crate::xml::{Document, decode::decode};

    fn order(class: DeviceClass, devices: &str) -> Vec<DeviceIdx> {
        let text = format!("<domain><devices>{devices}</devices></domain>");
        let domain = decode(&Document::parse(text).unwrap()).unwrap().domain;
        Lists::new(&domain).of(class).to_vec()
    }

    #[test]
    fn every_class_that_libvirt_knows_is_visited_once() {
        for class in DeviceClass::iter() {
            let is_known = !matches!(class, DeviceClass::Qemu | DeviceClass::Other);
            let visits = ITERATION.iter().filter(|visited| **visited == class).count();
            assert_eq!(visits, usize::from(is_known), "{class:?}");
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
