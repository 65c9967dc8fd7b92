//! The effect of a change on a device that is written: the value that it replaces, and whether the
//! device has the new one.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::revision::Revision;
use crate::model::{Address, AddressMode, Change, ControllerPatch, Device, DeviceAddress, Part};
use crate::text::ContentMark;
use crate::xml::Element;

/// A value of a device that a change replaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FieldValue {
    /// No value: the attribute is absent.
    #[default]
    Absent,
    /// A number, the ACPI index.
    Number(u32),
    /// An attribute, all attributes of an address, or the mark of a whole element.
    Text(String),
    /// The fields of a controller that change.
    Controller(Box<ControllerPatch>),
}

impl FieldValue {
    /// Whether there is no value.
    pub(super) fn is_absent(&self) -> bool {
        *self == Self::Absent
    }
}

/// Formats the value for messages; empty for an absent one.
impl fmt::Display for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => Ok(()),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::Controller(patch) => {
                let words = patch.values().map(|(field, text)| [field.label, &text].join(" "));
                let words: Vec<_> = words.map(|word| word.trim_start().to_owned()).collect();
                f.write_str(&words.join(", "))
            }
        }
    }
}

/// The value of `device`, written in `revision`, that `change` replaces; [`FieldValue::Absent`]
/// also for a change that adds something.
pub(super) fn replaced<Id>(
    change: &Change<Id>,
    device: &Device,
    revision: &Revision,
) -> FieldValue {
    match change {
        Change::Move { .. } | Change::RemoveAddress(_) | Change::SetMode { .. } => {
            FieldValue::Text(address_words(device))
        }
        Change::SetController { to, .. } => {
            let fields = device.controller().map(|now| to.of_same_fields(now));
            fields.map_or(FieldValue::Absent, |fields| FieldValue::Controller(Box::new(fields)))
        }
        Change::SetAttribute { part, name, .. } => {
            attribute(revision, device, *part, name).map_or(FieldValue::Absent, FieldValue::Text)
        }
        Change::SetAcpiIndex { .. } => {
            device.acpi_index.map_or(FieldValue::Absent, FieldValue::Number)
        }
        Change::Remove(_) => {
            let element = device.element().map(|span| span.slice(revision.document.text()));
            FieldValue::Text(ContentMark::of(element.unwrap_or_default()).to_string())
        }
        Change::Adopt { .. }
        | Change::AddController { .. }
        | Change::AddDevice { .. }
        | Change::Batch(_) => FieldValue::Absent,
    }
}

/// Whether `device`, written in `revision`, already has what `change` asks for; false when the
/// change adds or removes a device.
pub(super) fn is_met<Id>(change: &Change<Id>, device: &Device, revision: &Revision) -> bool {
    match change {
        Change::Move { to, .. } => device.address() == Some(to),
        Change::RemoveAddress(_) => device.address.is_none(),
        Change::SetController { to, .. } => {
            device.controller().is_some_and(|now| to.is_met_by(now))
        }
        Change::SetAttribute { part, name, value, .. } => {
            attribute(revision, device, *part, name) == *value
        }
        Change::SetMode { mode, .. } => {
            device.address.as_ref().and_then(|address| address.mode) == Some(*mode)
        }
        Change::SetAcpiIndex { index, .. } => device.acpi_index == *index,
        Change::Adopt { .. }
        | Change::AddController { .. }
        | Change::AddDevice { .. }
        | Change::Remove(_)
        | Change::Batch(_) => false,
    }
}

/// All attributes of a device's address, independent of their spelling; empty without address.
fn address_words(device: &Device) -> String {
    let Some(DeviceAddress { value, mode, .. }) = &device.address else { return String::new() };
    let mut words: Vec<String> = Vec::new();
    for (name, value) in value.iter().flat_map(Address::attributes) {
        words.push(format!("{name}={value}"));
    }
    if let Some(Address::Pci(pci)) = value {
        words.extend(pci.zpci.attributes().iter().map(|(name, value)| format!("{name}={value}")));
    }
    words.extend(mode.map(|mode| match mode {
        AddressMode::Static => "mode=static".to_owned(),
        AddressMode::Dynamic => "mode=dynamic".to_owned(),
    }));
    if words.is_empty() { "unreadable".to_owned() } else { words.join(" ") }
}

fn attribute(revision: &Revision, device: &Device, part: Part, name: &str) -> Option<String> {
    let own = revision.document.element_at(device.element()?)?;
    let element: Element<'_> = match part {
        Part::Own => own,
        Part::Child(child) => own.child(child)?,
        Part::Grandchild(child, grandchild) => own.child(child)?.child(grandchild)?,
    };
    element.value(name).map(str::to_owned)
}
