//! Verification of an edit: the text that came out has what the change asks for.

use std::collections::HashMap;

use super::key_map::KeyMap;
use super::revision::Revision;
use crate::model::{Change, Controller, ControllerPatch, Device, DeviceKey, Mode};
use crate::topology::Refusal;
use crate::xml::NewElement;

/// Checks that `after` has what `change` of `before` asks for; `key_map` tells which device is which.
///
/// # Errors
/// `not-as-asked` with the device: the program is wrong, and its edit is not to be used.
pub(super) fn verify(
    change: &Change,
    before: &Revision,
    after: &Revision,
    key_map: &KeyMap,
) -> Result<(), Refusal> {
    let new: HashMap<DeviceKey, DeviceKey> =
        key_map.iter().map(|(new, old)| (*old, *new)).collect();
    let devices = after.domain.by_key();
    let device = |key: &DeviceKey| new.get(key).and_then(|key| devices.get(key)).copied();
    let mut todo = vec![change];
    while let Some(change) = todo.pop() {
        let (key, holds) = match change {
            Change::Batch(changes) => {
                todo.extend(changes);
                continue;
            }
            Change::Move { device: key, to } => {
                (Some(*key), device(key).and_then(|device| device.value()) == Some(to))
            }
            Change::RemoveAddress(key) => {
                (Some(*key), device(key).is_some_and(|device| device.address.is_none()))
            }
            Change::SetMode { device: key, mode } => {
                let address = device(key).and_then(|device| device.address.as_ref());
                let found = address.map(|address| address.mode.unwrap_or(Mode::Static));
                (Some(*key), found == Some(*mode))
            }
            Change::SetAcpiIndex { device: key, index } => {
                (Some(*key), device(key).is_some_and(|device| device.acpi_index == *index))
            }
            Change::SetController { device: key, to } => {
                let found = device(key).and_then(|device| device.controller());
                (Some(*key), found.is_some_and(|found| to.is_met_by(found)))
            }
            Change::AddController { controller, address } => {
                let patch = ControllerPatch::of(controller);
                let is_it = |(device, found): (&Device, &Controller)| {
                    found.word == controller.word
                        && patch.is_met_by(found)
                        && device.value() == address.as_ref()
                };
                (None, after.domain.controllers().any(is_it))
            }
            Change::AddDevice { element, address } => {
                let name = NewElement::parse(element).map(|new| new.name().to_owned());
                let is_it = |device: &Device| {
                    !device.is_implied()
                        && Some(device.class().word()) == name.as_deref()
                        && device.value() == address.as_ref()
                };
                (None, after.domain.devices.iter().any(is_it))
            }
            Change::Adopt { device: key, address } => {
                let title = before.guest().domain.device(*key).map(Device::title);
                let is_it = |device: &Device| {
                    device.value() == address.as_ref() && Some(device.title()) == title
                };
                (Some(*key), after.domain.of_class(key.class).any(is_it))
            }
            Change::Remove(key) => (Some(*key), device(key).is_none()),
            // An attribute that nothing is read from shows in no device.
            Change::SetAttribute { .. } => continue,
        };
        if !holds {
            return Err(not_as_asked(key));
        }
    }
    Ok(())
}

fn not_as_asked(key: Option<DeviceKey>) -> Refusal {
    let whom = key.map_or("a new device".to_owned(), |key| key.to_string());
    let message = format!("the text would not say of {whom} what was asked for");
    let refusal = Refusal::new("not-as-asked", message)
        .helping("nothing was changed; this is a bug of virt-topo worth a report");
    Refusal { devices: key.into_iter().collect(), ..refusal }
}
