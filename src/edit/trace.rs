//! Which device is which after an edit.
//!
//! Elements keep their order through an edit, what is taken away leaves a gap, and what is new goes
//! behind the last of its class: so written devices are told by counting. What libvirt adds is told
//! by what it is called, as two files are compared.

use std::collections::{BTreeSet, HashMap};

use super::compare::{Trace, pair};
use crate::model::{Change, DeviceClass, DeviceKey, Domain};

/// New names with old ones, for the completed guests before and after `change`.
pub fn trace(before: &Domain, after: &Domain, change: &Change) -> Trace {
    let removed = removed(change);
    let mut kept: HashMap<DeviceClass, Vec<DeviceKey>> = HashMap::new();
    for device in before.devices.iter().filter(|device| !device.is_implied()) {
        if !removed.contains(&device.key) {
            kept.entry(device.class()).or_default().push(device.key);
        }
    }
    let mut known = Trace::new();
    let mut counts: HashMap<DeviceClass, usize> = HashMap::new();
    for device in after.devices.iter().filter(|device| !device.is_implied()) {
        let nth = counts.entry(device.class()).or_default();
        let old = kept.get(&device.class()).and_then(|kept| kept.get(*nth));
        known.extend(old.map(|old| (device.key, *old)));
        *nth += 1;
    }
    pair(before, after, known)
}

/// The devices a change takes away.
pub(super) fn removed(change: &Change) -> BTreeSet<DeviceKey> {
    let mut found = BTreeSet::new();
    let mut todo = vec![change];
    while let Some(change) = todo.pop() {
        match change {
            Change::Batch(changes) => todo.extend(changes),
            Change::Remove(device) => {
                found.insert(*device);
            }
            _ => {}
        }
    }
    found
}
