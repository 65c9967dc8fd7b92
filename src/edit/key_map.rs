//! Maps the devices before an edit to those after it.
//!
//! Elements keep their order through an edit, a removed one leaves a gap, and a new one comes after
//! the last of its class: so written devices are matched by counting. Devices that libvirt adds are
//! matched by their identity, as in a comparison of two files.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::identity::identity;
use crate::model::{Change, Device, DeviceClass, DeviceKey, Domain};

/// Keys of the devices after an edit, each with the key of the same device before.
pub type DeviceMap = HashMap<DeviceKey, DeviceKey>;

/// The key map of the completed guests before and after `change`.
pub(super) fn key_map(before: &Domain, after: &Domain, change: &Change) -> DeviceMap {
    let removed = removed(change);
    let mut kept: HashMap<DeviceClass, Vec<DeviceKey>> = HashMap::new();
    for device in before.devices.iter().filter(|device| !device.is_implied()) {
        if !removed.contains(&device.key()) {
            kept.entry(device.class()).or_default().push(device.key());
        }
    }
    let mut known = DeviceMap::new();
    let mut counts: HashMap<DeviceClass, usize> = HashMap::new();
    for device in after.devices.iter().filter(|device| !device.is_implied()) {
        let nth = counts.entry(device.class()).or_default();
        let old = kept.get(&device.class()).and_then(|kept| kept.get(*nth));
        known.extend(old.map(|old| (device.key(), *old)));
        *nth += 1;
    }
    by_identity(before, after, known)
}

/// The devices that a change removes.
pub(super) fn removed(change: &Change) -> BTreeSet<DeviceKey> {
    let removed = |leaf: &Change| match leaf {
        Change::Remove(device) => Some(*device),
        _ => None,
    };
    change.leaves().filter_map(removed).collect()
}

/// Adds to `known` the devices with the same identity in both guests, each at most once.
pub(super) fn by_identity(old: &Domain, new: &Domain, mut known: DeviceMap) -> DeviceMap {
    let taken: HashSet<DeviceKey> = known.values().copied().collect();
    let mut open: HashMap<String, Vec<DeviceKey>> = HashMap::new();
    // In reverse, so that they are taken from the end in document order.
    for device in old.devices.iter().rev().filter(|device| !taken.contains(&device.key())) {
        open.entry(identity(device)).or_default().push(device.key());
    }
    let unknown: Vec<&Device> =
        new.devices.iter().filter(|device| !known.contains_key(&device.key())).collect();
    for device in unknown {
        if let Some(key) = open.get_mut(&identity(device)).and_then(Vec::pop) {
            known.insert(device.key(), key);
        }
    }
    known
}
