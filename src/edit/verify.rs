//! Verification of an edit: the resulting text has what the change asks for.

use std::collections::HashMap;

use super::effect::is_met;
use super::key_map::DeviceMap;
use super::revision::Revision;
use crate::model::{Change, Code, ControllerPatch, Device, DeviceKey, Problem};
use crate::xml::NewElement;

/// Checks that `after` has what `change` of `before` asks for; `key_map` maps the devices.
///
/// # Errors
/// `not-as-asked` with the device: a defect of the program, and the edit must not be used.
pub(super) fn verify(
    change: &Change,
    before: &Revision,
    after: &Revision,
    key_map: &DeviceMap,
) -> Result<(), Box<Problem>> {
    let new: HashMap<DeviceKey, DeviceKey> =
        key_map.iter().map(|(new, old)| (*old, *new)).collect();
    let devices = after.domain.by_key();
    let device = |key: &DeviceKey| new.get(key).and_then(|key| devices.get(key)).copied();
    for leaf in change.leaves() {
        let holds = match leaf {
            Change::AddController { controller, address } => {
                let patch = ControllerPatch::of(controller);
                after.domain.controllers().any(|(device, found)| {
                    found.word == controller.word
                        && patch.is_met_by(found)
                        && device.address() == address.as_ref()
                })
            }
            Change::AddDevice { element, address } => {
                let name = NewElement::parse(element).map(|new| new.name().to_owned());
                after.domain.devices.iter().any(|device| {
                    !device.is_implied()
                        && Some(device.class().as_str()) == name.as_deref()
                        && device.address() == address.as_ref()
                })
            }
            Change::Adopt { device: key, address } => {
                let title = before.guest().domain.device(*key).map(Device::title);
                after.domain.of_class(key.class).any(|device| {
                    device.address() == address.as_ref() && Some(device.title()) == title
                })
            }
            Change::Remove(key) => device(key).is_none(),
            // Only the rules know which attributes libvirt reads.
            Change::SetAttribute { .. } => true,
            change => {
                let found = change.device().and_then(device);
                found.is_some_and(|device| is_met(change, device, after))
            }
        };
        if !holds {
            return not_as_asked(leaf.device().copied()).refuse();
        }
    }
    Ok(())
}

fn not_as_asked(key: Option<DeviceKey>) -> Problem {
    let device = key.map_or("a new device".to_owned(), |key| key.to_string());
    let message = format!("the edited document would not contain the requested change of {device}");
    let refusal = Problem::error(Code::NotAsAsked, message)
        .helping("nothing was changed; please report this as a bug of virt-topo");
    Problem { devices: key.into_iter().collect(), ..refusal }
}
