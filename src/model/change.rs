//! A change of a guest as data: a fix, a move on the screen, a command.
//!
//! A change names devices and values, never bytes: `edit::plan` turns it into an edit of the text,
//! or returns the reason why it cannot.

use std::convert::Infallible;

use serde::{Deserialize, Serialize};

use super::{Address, AddressMode, Controller, ControllerPatch, DeviceKey, Part};

/// A change to a guest.
///
/// `Id` names a device: by its key, which is valid for one text, or in a way that finds it in
/// another. The serialized form holds the fields of `Id` beside those of the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change<Id = DeviceKey> {
    /// Give a device this address, whether or not it had one.
    Move {
        /// The device to move.
        #[serde(flatten)]
        device: Id,
        /// The new address.
        to: Address,
    },
    /// Take the address of a device away: libvirt chooses one.
    RemoveAddress(Id),
    /// Give some fields of a controller other values.
    SetController {
        /// The controller to change.
        #[serde(flatten)]
        device: Id,
        /// The new values; other fields stay as they are.
        to: Box<ControllerPatch>,
    },
    /// Give an attribute of a device another value, or take it away.
    SetAttribute {
        /// The device to change.
        #[serde(flatten)]
        device: Id,
        /// The element of the device that has the attribute.
        part: Part,
        /// Name of the attribute.
        name: String,
        /// The new value; `None` takes the attribute away, and a child that has no other.
        value: Option<String>,
    },
    /// Sets `mode=` of 2009, which decides whether the written address is fixed.
    SetMode {
        /// The device to change.
        #[serde(flatten)]
        device: Id,
        /// The new mode.
        mode: AddressMode,
    },
    /// Give a device this `<acpi index=>`, from which its guest derives the name of a NIC.
    SetAcpiIndex {
        /// The device to change.
        #[serde(flatten)]
        device: Id,
        /// The new index, 1..=16383; `None` takes it away.
        index: Option<u32>,
    },
    /// Write a new controller.
    AddController {
        /// The controller with its kind, model and numbers.
        controller: Box<Controller>,
        /// Its address; libvirt chooses one without.
        address: Option<Address>,
    },
    /// Write a device that libvirt would add by itself.
    Adopt {
        /// The device, by its number in the completed guest.
        #[serde(flatten)]
        device: Id,
        /// Its address; libvirt chooses one without.
        address: Option<Address>,
    },
    /// Write a device that neither the document nor libvirt has.
    AddDevice {
        /// The element of the device as XML, without address.
        element: String,
        /// Its address; libvirt chooses one without.
        address: Option<Address>,
    },
    /// Take a device away.
    Remove(Id),
    /// All of these changes as one edit.
    #[serde(skip)]
    Batch(Vec<Change<Id>>),
}

impl<Id> Change<Id> {
    /// Combines `changes` into one; a single change is returned as it is.
    pub fn all_of(mut changes: Vec<Self>) -> Self {
        match changes.pop() {
            Some(only) if changes.is_empty() => only,
            last => {
                changes.extend(last);
                Self::Batch(changes)
            }
        }
    }

    /// The changes that are no batches, in their order: those of a batch and of batches within it.
    pub fn leaves(&self) -> impl Iterator<Item = &Self> {
        let mut todo = vec![self];
        std::iter::from_fn(move || {
            while let Some(change) = todo.pop() {
                match change {
                    Self::Batch(changes) => todo.extend(changes.iter().rev()),
                    leaf => return Some(leaf),
                }
            }
            None
        })
    }

    /// The device that it changes; `None` for a batch and for a device that is new.
    pub fn device(&self) -> Option<&Id> {
        match self {
            Self::Move { device, .. }
            | Self::RemoveAddress(device)
            | Self::SetController { device, .. }
            | Self::SetAttribute { device, .. }
            | Self::SetMode { device, .. }
            | Self::SetAcpiIndex { device, .. }
            | Self::Adopt { device, .. }
            | Self::Remove(device) => Some(device),
            Self::AddController { .. } | Self::AddDevice { .. } | Self::Batch(_) => None,
        }
    }

    /// The same change with each device named by `name`.
    pub fn map<To>(&self, mut name: impl FnMut(&Id) -> To) -> Change<To> {
        let Ok(change) = self.try_map(&mut |id| Ok::<_, Infallible>(name(id)));
        change
    }

    /// The same change with each device named by `name`; a batch of batches becomes one batch.
    ///
    /// # Errors
    /// The first error of `name`.
    pub fn try_map<To, E>(
        &self,
        name: &mut impl FnMut(&Id) -> Result<To, E>,
    ) -> Result<Change<To>, E> {
        Ok(match self {
            Self::Move { device, to } => Change::Move { device: name(device)?, to: to.clone() },
            Self::RemoveAddress(device) => Change::RemoveAddress(name(device)?),
            Self::SetController { device, to } => {
                Change::SetController { device: name(device)?, to: to.clone() }
            }
            Self::SetAttribute { device, part, name: attribute, value } => Change::SetAttribute {
                device: name(device)?,
                part: *part,
                name: attribute.clone(),
                value: value.clone(),
            },
            Self::SetMode { device, mode } => {
                Change::SetMode { device: name(device)?, mode: *mode }
            }
            Self::SetAcpiIndex { device, index } => {
                Change::SetAcpiIndex { device: name(device)?, index: *index }
            }
            Self::AddController { controller, address } => {
                Change::AddController { controller: controller.clone(), address: address.clone() }
            }
            Self::Adopt { device, address } => {
                Change::Adopt { device: name(device)?, address: address.clone() }
            }
            Self::AddDevice { element, address } => {
                Change::AddDevice { element: element.clone(), address: address.clone() }
            }
            Self::Remove(device) => Change::Remove(name(device)?),
            Self::Batch(_) => {
                let leaves = self.leaves().map(|leaf| leaf.try_map(name));
                Change::Batch(leaves.collect::<Result<_, E>>()?)
            }
        })
    }
}

/// A fix of a problem: a change with its title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Title of the change as an instruction: "move disk vdb to 00:05.0".
    pub title: String,
    /// The change that fixes the problem.
    pub change: Change,
}

impl Fix {
    /// A fix with this title.
    pub fn new(title: impl Into<String>, change: Change) -> Self {
        Self { title: title.into(), change }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DeviceClass;

    fn disk(nth: u32) -> DeviceKey {
        DeviceKey::new(DeviceClass::Disk, nth)
    }

    #[test]
    fn the_leaves_of_batches_come_in_their_order() {
        let remove = |nth| Change::Remove(disk(nth));
        let inner = Change::Batch(vec![remove(1), Change::Batch(vec![remove(2)]), remove(3)]);
        let batch = Change::Batch(vec![remove(0), inner, Change::Batch(Vec::new()), remove(4)]);
        let leaves: Vec<_> = batch.leaves().filter_map(Change::device).map(|key| key.nth).collect();
        assert_eq!(leaves, [0, 1, 2, 3, 4]);
        assert_eq!(batch.device(), None);
        assert_eq!(remove(1).leaves().count(), 1);
    }

    #[test]
    fn a_change_of_one_is_no_batch() {
        let one = Change::RemoveAddress(disk(0));
        assert_eq!(Change::all_of(vec![one.clone()]), one);
        let two = vec![one.clone(), Change::Remove(disk(1))];
        assert_eq!(Change::all_of(two.clone()), Change::Batch(two));
        assert_eq!(Change::<DeviceKey>::all_of(Vec::new()), Change::Batch(Vec::new()));
    }

    #[test]
    fn devices_are_named_anew_wherever_a_change_names_one() {
        let batch = Change::Batch(vec![
            Change::SetMode { device: disk(1), mode: AddressMode::Static },
            Change::Batch(vec![Change::Remove(disk(2))]),
            Change::AddDevice { element: "<hub/>".to_owned(), address: None },
        ]);
        let mapped = batch.map(ToString::to_string);
        let names: Vec<_> = mapped.leaves().map(Change::device).collect();
        assert_eq!(names, [Some(&"disk:1".to_owned()), Some(&"disk:2".to_owned()), None]);
        let failed = batch.try_map(&mut |key| if key.nth == 2 { Err(key.nth) } else { Ok(()) });
        assert_eq!(failed, Err(2));
    }
}
