//! Whether a guest says what a change asked for: what was committed is what is read.

use crate::model::{Address, Change, DeviceKey, Domain};

/// The first device of which `domain` does not say what `change` asked for. Where devices were
/// removed, the others may have other names, and nothing is looked at.
pub(super) fn not_held(change: &Change, domain: &Domain) -> Option<DeviceKey> {
    let mut asked = Vec::new();
    let mut todo = vec![change];
    while let Some(change) = todo.pop() {
        match change {
            Change::Batch(changes) => todo.extend(changes),
            Change::Remove(_) => return None,
            change => asked.push(change),
        }
    }
    let by_key = domain.by_key();
    asked.into_iter().find_map(|change| {
        let (key, holds) = match change {
            Change::Move { device, to } => {
                let written = by_key.get(device).and_then(|device| device.value());
                let is_it =
                    |value: &Address| (value.kind(), value.place()) == (to.kind(), to.place());
                (device, written.is_some_and(is_it))
            }
            Change::RemoveAddress(device) => {
                (device, by_key.get(device).is_some_and(|device| device.address.is_none()))
            }
            _ => return None,
        };
        (!holds).then_some(*key)
    })
}
