//! A change that can be re-applied to a document that was edited meanwhile: its device by identity,
//! and the value that it replaces.
//!
//! A [`Change`] of a [`DeviceKey`] is good for one text. On another text a
//! portable change becomes such a one again, or returns the reason why it cannot: a value that
//! was changed meanwhile is never overwritten.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::effect::{FieldValue, is_met, replaced};
use super::identity::{DeviceIdentity, DeviceIndex, LookupError};
use super::revision::Revision;
use crate::model::{Address, Change, Controller, Device, DeviceKey};
use crate::xml::NewElement;

/// A change of one device that outlives the text it was made for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Change<Recorded>", into = "Change<Recorded>")]
pub struct PortableChange {
    /// The change, which is no batch.
    pub change: Change<DeviceIdentity>,
    /// The value that it replaces.
    pub expected: FieldValue,
}

/// The form of a device in a record, beside the fields of its change.
#[derive(Clone, Serialize, Deserialize)]
struct Recorded {
    who: DeviceIdentity,
    #[serde(default, skip_serializing_if = "FieldValue::is_absent")]
    was: FieldValue,
}

impl From<PortableChange> for Change<Recorded> {
    fn from(PortableChange { change, expected }: PortableChange) -> Self {
        change.map(|device| Recorded { who: device.clone(), was: expected.clone() })
    }
}

impl From<Change<Recorded>> for PortableChange {
    fn from(recorded: Change<Recorded>) -> Self {
        let expected = recorded.device().map(|device| device.was.clone()).unwrap_or_default();
        Self { change: recorded.map(|device| device.who.clone()), expected }
    }
}

/// Why a change cannot be re-applied to another text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The device of this title is not there.
    Gone(String),
    /// Several devices may be meant by this title.
    Several(String),
    /// The value was changed meanwhile: title of the device, name of the value, old and present
    /// value.
    Changed(String, String, [String; 2]),
    /// The device of this title, which was to be removed, was changed meanwhile.
    Edited(String),
    /// There is another device of this title where a new one was to be.
    Taken(String),
    /// The guest would have this error, which neither text had.
    Breaks(String),
    /// An undo of an earlier saved step, known as bytes only.
    OnlyThere,
    /// The change cannot be written, for this reason.
    Unwritable(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone(who) => write!(f, "{who} no longer exists"),
            Self::Several(who) => write!(f, "several devices match {who}"),
            Self::Changed(who, what, states) => {
                let [was, now] = states.each_ref().map(|text| match text.as_str() {
                    "" => "none",
                    text => text,
                });
                write!(
                    f,
                    "the file has another value for the {what} of {who}: {now} instead of {was}"
                )
            }
            Self::Edited(who) => write!(f, "{who} was changed in the file"),
            Self::Taken(who) => write!(f, "another {who} was added in the file"),
            Self::Breaks(problem) => write!(f, "it no longer fits: {problem}"),
            Self::OnlyThere => {
                f.write_str("it undid a saved change of a text that no longer exists")
            }
            Self::Unwritable(why) => f.write_str(why),
        }
    }
}

impl Reason {
    fn not_found(error: LookupError, device: &DeviceIdentity) -> Self {
        match error {
            LookupError::Missing => Self::Gone(device.title.clone()),
            LookupError::Ambiguous => Self::Several(device.title.clone()),
        }
    }
}

/// The portable form of `change`, made for `revision`: one entry for each leaf, in their order.
/// Changes of unknown devices are skipped.
pub(super) fn portable(revision: &Revision, change: &Change) -> Vec<PortableChange> {
    let devices = DeviceIndex::of(revision);
    let portable = |change: &Change| {
        let expected = match change {
            Change::Adopt { .. } => FieldValue::Absent,
            change => match change.device() {
                Some(key) => replaced(change, devices.written(*key)?, revision),
                None => FieldValue::Absent,
            },
        };
        let change = change.try_map(&mut |key| devices.identity(*key).ok_or(())).ok()?;
        Some(PortableChange { change, expected })
    };
    change.leaves().filter_map(portable).collect()
}

impl PortableChange {
    /// The change for `revision`, whose devices are in `devices`; `None` if the device to add is
    /// there already.
    ///
    /// # Errors
    /// If the device is missing, or the value to replace was changed meanwhile.
    pub(super) fn resolve(
        &self,
        revision: &Revision,
        devices: &DeviceIndex<'_>,
    ) -> Result<Option<Change>, Reason> {
        let change = self.change.try_map(&mut |device| {
            devices.find(device).map_err(|error| Reason::not_found(error, device))
        })?;
        let is_there = match &change {
            Change::Adopt { device, address } => {
                let is_same =
                    |device: &Device| address.is_none() || device.address() == address.as_ref();
                is_added(devices.written(*device), is_same)?
            }
            Change::AddController { controller, .. } => {
                let is_same = |device: &Device| {
                    device.controller().is_some_and(|other| other.model == controller.model)
                };
                is_added(numbered_like(revision, controller), is_same)?
            }
            Change::AddDevice { element, address } => {
                let new = NewElement::parse(element);
                let is_same = |device: &Device| {
                    new.as_ref().is_some_and(|new| new.name() == device.class().as_str())
                };
                is_added(placed_at(revision, address.as_ref()), is_same)?
            }
            change => {
                if let (Some(identity), Some(key)) = (self.change.device(), change.device()) {
                    self.check(change, (identity, *key), revision, devices)?;
                }
                false
            }
        };
        Ok((!is_there).then_some(change))
    }

    /// Checks that the device still has the expected value, or has the new one already.
    fn check(
        &self,
        change: &Change,
        (identity, key): (&DeviceIdentity, DeviceKey),
        revision: &Revision,
        devices: &DeviceIndex<'_>,
    ) -> Result<(), Reason> {
        let gone = || Reason::Gone(identity.title.clone());
        let device = devices.written(key).ok_or_else(gone)?;
        let now = replaced(change, device, revision);
        if now == self.expected || is_met(change, device, revision) {
            return Ok(());
        }
        let values = [self.expected.to_string(), now.to_string()];
        let (name, values) = match change {
            Change::SetController { .. } => ("settings".to_owned(), values),
            Change::SetAttribute { part, name, .. } => {
                let path = part.to_string().replace('/', " ");
                (format!("<{}>", [&path, name.as_str()].join(" ").trim_start()), values)
            }
            Change::SetAcpiIndex { .. } => ("<acpi index>".to_owned(), values),
            Change::Remove(_) => return Err(Reason::Edited(identity.title.clone())),
            _ => {
                let now = device.address().map(ToString::to_string);
                let values = [identity.place.clone(), now].map(Option::unwrap_or_default);
                ("address".to_owned(), values)
            }
        };
        Err(Reason::Changed(identity.title.clone(), name, values))
    }
}

/// Whether the device to add is there already: `found` has its number or place.
fn is_added(found: Option<&Device>, is_same: impl Fn(&Device) -> bool) -> Result<bool, Reason> {
    match found {
        None => Ok(false),
        Some(device) if is_same(device) => Ok(true),
        Some(device) => Err(Reason::Taken(device.title())),
    }
}

/// The controller that has the kind and index of a new one; parts of a USB controller share theirs.
fn numbered_like<'r>(revision: &'r Revision, new: &Controller) -> Option<&'r Device> {
    let is_alike = |other: &Controller| {
        new.index.is_some()
            && (other.kind, other.index) == (new.kind, new.index)
            && other.master.is_some() == new.master.is_some()
    };
    revision.domain.devices.iter().find(|device| device.controller().is_some_and(is_alike))
}

/// The written device that has the address of a new one.
fn placed_at<'r>(revision: &'r Revision, address: Option<&Address>) -> Option<&'r Device> {
    revision
        .domain
        .devices
        .iter()
        .find(|device| address.is_some() && !device.is_implied() && device.address() == address)
}
