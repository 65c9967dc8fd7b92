//! A change in words that outlive the text it was made for.
//!
//! A [`Change`] names devices by class and number and is only good for one text. A wish also knows
//! what the devices are called, and what they said before: on a text that somebody else has edited
//! it becomes a change again, or tells why not. What another person changed is never overwritten.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::identity::{DeviceIdentity, DeviceIndex, LookupError};
use super::revision::Revision;
use crate::model::{
    Address, Change, Controller, ControllerPatch, Device, DeviceAddress, Mode, Part,
};
use crate::text::ContentMark;
use crate::xml::{Element, NewElement};

/// One thing that is wanted, of one device; `was` is what it said before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// [`Change::Move`]
    Move {
        /// Whom.
        who: DeviceIdentity,
        /// Where to.
        to: Address,
        /// Its address before.
        was: String,
    },
    /// [`Change::RemoveAddress`]
    RemoveAddress {
        /// Whose.
        who: DeviceIdentity,
        /// Its address before.
        was: String,
    },
    /// [`Change::SetController`]
    SetController {
        /// Which.
        who: DeviceIdentity,
        /// What it is to say.
        to: Box<ControllerPatch>,
        /// What it said before about the same.
        was: Box<ControllerPatch>,
    },
    /// [`Change::SetAttribute`]
    SetAttribute {
        /// Whose.
        who: DeviceIdentity,
        /// On which element of it: empty for its own, `target`, `address/zpci`.
        part: String,
        /// The attribute.
        name: String,
        /// Its value; `None` takes it away.
        value: Option<String>,
        /// Its value before.
        was: Option<String>,
    },
    /// [`Change::SetMode`]
    SetMode {
        /// Whose.
        who: DeviceIdentity,
        /// Whether its address stays.
        mode: Mode,
        /// Its address before.
        was: String,
    },
    /// [`Change::SetAcpiIndex`]
    SetAcpiIndex {
        /// Whose.
        who: DeviceIdentity,
        /// The index; `None` takes it away.
        index: Option<u32>,
        /// Its index before.
        was: Option<u32>,
    },
    /// [`Change::AddController`]
    AddController {
        /// What it says.
        controller: Box<Controller>,
        /// Where it is.
        address: Option<Address>,
    },
    /// [`Change::Adopt`]
    Adopt {
        /// Whom libvirt would add.
        who: DeviceIdentity,
        /// Where it is.
        address: Option<Address>,
    },
    /// [`Change::AddDevice`]
    AddDevice {
        /// Its element.
        element: String,
        /// Where it is.
        address: Option<Address>,
    },
    /// [`Change::Remove`]
    Remove {
        /// Whom.
        who: DeviceIdentity,
        /// Its element before.
        was: ContentMark,
    },
}

/// Why a wish cannot be had on another text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The device is not there.
    Gone(String),
    /// Several devices may be meant.
    Several(String),
    /// Somebody else changed the same thing: of whom, what, what it was and is.
    Changed(String, String, [String; 2]),
    /// Somebody else changed something about a device that was to be removed.
    Edited(String),
    /// There is such a controller, another one.
    Taken(String),
    /// The guest would have an error that neither text had.
    Breaks(String),
    /// It took something back that was saved before; that is known as bytes only.
    OnlyThere,
    /// It cannot be written.
    Unwritable(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone(who) => write!(f, "{who} is not there any more"),
            Self::Several(who) => write!(f, "several devices look like {who}"),
            Self::Changed(who, what, states) => {
                let [was, now] = states.each_ref().map(|text| match text.as_str() {
                    "" => "none",
                    text => text,
                });
                write!(f, "somebody else changed the {what} of {who}: it was {was}, it is {now}")
            }
            Self::Edited(who) => write!(f, "somebody else has changed {who}"),
            Self::Taken(who) => write!(f, "somebody else added {who}, another one"),
            Self::Breaks(problem) => write!(f, "it does not fit any more: {problem}"),
            Self::OnlyThere => {
                f.write_str("it took back what was saved, in a text that is no more")
            }
            Self::Unwritable(why) => f.write_str(why),
        }
    }
}

/// The children and grandchildren of devices that changes name ([`Part`]).
const PARTS: &[&str] =
    &["acpi", "address", "boot", "driver", "mac", "master", "model", "rom", "target", "zpci"];

/// What `change` wants of `revision`, in its order. What names nobody wants nothing.
pub(super) fn wishes(revision: &Revision, change: &Change) -> Vec<Wish> {
    let devices = DeviceIndex::of(revision);
    let mut wishes = Vec::new();
    let mut todo = vec![change];
    while let Some(change) = todo.pop() {
        match change {
            Change::Batch(changes) => todo.extend(changes.iter().rev()),
            change => wishes.extend(wish(revision, &devices, change)),
        }
    }
    wishes
}

fn wish(revision: &Revision, devices: &DeviceIndex<'_>, change: &Change) -> Option<Wish> {
    let who = |key| Some((devices.identity(key)?, devices.written(key)?));
    Some(match change {
        Change::Move { device, to } => {
            let (who, device) = who(*device)?;
            Wish::Move { who, to: to.clone(), was: said(device) }
        }
        Change::RemoveAddress(device) => {
            let (who, device) = who(*device)?;
            Wish::RemoveAddress { who, was: said(device) }
        }
        Change::SetController { device, to } => {
            let (who, device) = who(*device)?;
            let was = Box::new(to.of_same_fields(device.controller()?));
            Wish::SetController { who, to: to.clone(), was }
        }
        Change::SetAttribute { device, part, name, value } => {
            let (who, device) = who(*device)?;
            let element = part_of(revision, device, *part);
            let was = element.and_then(|element| element.value(name)).map(str::to_owned);
            let (name, value) = (name.clone(), value.clone());
            Wish::SetAttribute { who, part: path(*part), name, value, was }
        }
        Change::SetMode { device, mode } => {
            let (who, device) = who(*device)?;
            Wish::SetMode { who, mode: *mode, was: said(device) }
        }
        Change::SetAcpiIndex { device, index } => {
            let (who, device) = who(*device)?;
            Wish::SetAcpiIndex { who, index: *index, was: device.acpi_index }
        }
        Change::Adopt { device, address } => {
            Wish::Adopt { who: devices.identity(*device)?, address: address.clone() }
        }
        Change::AddController { controller, address } => {
            Wish::AddController { controller: controller.clone(), address: address.clone() }
        }
        Change::AddDevice { element, address } => {
            Wish::AddDevice { element: element.clone(), address: address.clone() }
        }
        Change::Remove(device) => {
            let (who, device) = who(*device)?;
            Wish::Remove { who, was: mark(revision, device) }
        }
        // Opened by the caller.
        Change::Batch(_) => return None,
    })
}

impl Wish {
    /// Whom it is about; a controller that is to be added is nobody yet.
    pub(super) fn who(&self) -> Option<&DeviceIdentity> {
        match self {
            Self::Move { who, .. }
            | Self::RemoveAddress { who, .. }
            | Self::SetController { who, .. }
            | Self::SetAttribute { who, .. }
            | Self::SetMode { who, .. }
            | Self::SetAcpiIndex { who, .. }
            | Self::Adopt { who, .. }
            | Self::Remove { who, .. } => Some(who),
            Self::AddController { .. } | Self::AddDevice { .. } => None,
        }
    }

    /// The change that brings it about on `revision`, whose devices are in `index`; `None` when what
    /// was to be added is there.
    ///
    /// # Errors
    /// When the device is gone, or somebody else has changed what was to be changed.
    pub(super) fn change(
        &self,
        revision: &Revision,
        devices: &DeviceIndex<'_>,
    ) -> Result<Option<Change>, Reason> {
        Ok(Some(match self {
            Self::Move { who, to, was } => {
                let device = found(devices, who)?;
                let change = Change::Move { device: device.key, to: to.clone() };
                // Where it is wanted already, planning it changes nothing.
                if device.value() != Some(to) {
                    same_address(who, device, was)?;
                }
                change
            }
            Self::RemoveAddress { who, was } => {
                let device = found(devices, who)?;
                if device.address.is_some() {
                    same_address(who, device, was)?;
                }
                Change::RemoveAddress(device.key)
            }
            Self::SetController { who, to, was } => {
                let device = found(devices, who)?;
                let now = device.controller().map(|now| to.of_same_fields(now));
                if now.as_ref() != Some(was) && now.as_ref() != Some(to) {
                    let now = now.as_ref().map(words).unwrap_or_default();
                    let states = [words(was), now];
                    return Err(Reason::Changed(who.title.clone(), "settings".to_owned(), states));
                }
                Change::SetController { device: device.key, to: to.clone() }
            }
            Self::SetAttribute { who, part, name, value, was } => {
                let device = found(devices, who)?;
                let part = self::part(part).ok_or_else(|| {
                    Reason::Unwritable(format!("nobody knows the part <{part}> of a device"))
                })?;
                let element = part_of(revision, device, part);
                let now = element.and_then(|element| element.value(name)).map(str::to_owned);
                if now != *was && now != *value {
                    let what = path(part).replace('/', " ");
                    let what = format!("<{}>", [&what, name.as_str()].join(" ").trim_start());
                    let states = [was.clone(), now].map(Option::unwrap_or_default);
                    return Err(Reason::Changed(who.title.clone(), what, states));
                }
                let (name, value) = (name.clone(), value.clone());
                Change::SetAttribute { device: device.key, part, name, value }
            }
            Self::SetMode { who, mode, was } => {
                let device = found(devices, who)?;
                if device.address.as_ref().and_then(|address| address.mode) != Some(*mode) {
                    same_address(who, device, was)?;
                }
                Change::SetMode { device: device.key, mode: *mode }
            }
            Self::SetAcpiIndex { who, index, was } => {
                let device = found(devices, who)?;
                let now = device.acpi_index;
                if now != *was && now != *index {
                    let states = [*was, now]
                        .map(|index| index.map(|index| index.to_string()).unwrap_or_default());
                    let what = "<acpi index>".to_owned();
                    return Err(Reason::Changed(who.title.clone(), what, states));
                }
                Change::SetAcpiIndex { device: device.key, index: *index }
            }
            Self::Adopt { who, address } => {
                let key = devices.find(who).map_err(|unknown| Reason::unknown(unknown, who))?;
                match devices.written(key) {
                    None => Change::Adopt { device: key, address: address.clone() },
                    Some(device) if address.is_none() || device.value() == address.as_ref() => {
                        return Ok(None);
                    }
                    Some(device) => return Err(Reason::Taken(device.title())),
                }
            }
            Self::AddController { controller, address } => {
                let there = revision.domain.devices.iter().find(|device| {
                    device.controller().is_some_and(|other| {
                        controller.index.is_some()
                            && (other.kind, other.index) == (controller.kind, controller.index)
                            && other.master.is_some() == controller.master.is_some()
                    })
                });
                match there {
                    None => {
                        let (controller, address) = (controller.clone(), address.clone());
                        Change::AddController { controller, address }
                    }
                    Some(device)
                        if device.controller().map(|c| &c.model) == Some(&controller.model) =>
                    {
                        return Ok(None);
                    }
                    Some(device) => return Err(Reason::Taken(device.title())),
                }
            }
            Self::AddDevice { element, address } => {
                let there = revision.domain.devices.iter().find(|device| {
                    address.is_some() && !device.is_implied() && device.value() == address.as_ref()
                });
                let new = NewElement::parse(element);
                match there {
                    None => {
                        Change::AddDevice { element: element.clone(), address: address.clone() }
                    }
                    Some(device) if new.is_some_and(|new| new.name() == device.class().word()) => {
                        return Ok(None);
                    }
                    Some(device) => return Err(Reason::Taken(device.title())),
                }
            }
            Self::Remove { who, was } => {
                let device = found(devices, who)?;
                if mark(revision, device) != *was {
                    return Err(Reason::Edited(who.title.clone()));
                }
                Change::Remove(device.key)
            }
        }))
    }
}

impl Reason {
    fn unknown(unknown: LookupError, who: &DeviceIdentity) -> Self {
        match unknown {
            LookupError::Missing => Self::Gone(who.title.clone()),
            LookupError::Ambiguous => Self::Several(who.title.clone()),
        }
    }
}

/// The device as it is written.
fn found<'r>(devices: &DeviceIndex<'r>, who: &DeviceIdentity) -> Result<&'r Device, Reason> {
    let key = devices.find(who).map_err(|unknown| Reason::unknown(unknown, who))?;
    devices.written(key).ok_or_else(|| Reason::Gone(who.title.clone()))
}

fn same_address(who: &DeviceIdentity, device: &Device, was: &str) -> Result<(), Reason> {
    if said(device) == was {
        return Ok(());
    }
    let (was, now) = (who.place.clone().unwrap_or_default(), device.value());
    let now = now.map(ToString::to_string).unwrap_or_default();
    Err(Reason::Changed(who.title.clone(), "address".to_owned(), [was, now]))
}

/// All that the address of a device says, however it is spelt.
fn said(device: &Device) -> String {
    let Some(DeviceAddress { value, mode, .. }) = &device.address else { return String::new() };
    let mut words: Vec<String> = Vec::new();
    for (name, value) in value.iter().flat_map(Address::attributes) {
        words.push(format!("{name}={value}"));
    }
    if let Some(Address::Pci(pci)) = value {
        words.extend(pci.zpci.attributes().iter().map(|(name, value)| format!("{name}={value}")));
    }
    words.extend(mode.map(|mode| match mode {
        Mode::Static => "mode=static".to_owned(),
        Mode::Dynamic => "mode=dynamic".to_owned(),
    }));
    if words.is_empty() { "unreadable".to_owned() } else { words.join(" ") }
}

/// The values of a patch, for a message.
fn words(patch: &ControllerPatch) -> String {
    let words = patch.values().map(|(field, text)| [field.label, &text].join(" "));
    words.map(|word| word.trim_start().to_owned()).collect::<Vec<_>>().join(", ")
}

fn part_of<'d>(revision: &'d Revision, device: &Device, part: Part) -> Option<Element<'d>> {
    let own = revision.document.element_at(device.element()?)?;
    match part {
        Part::Own => Some(own),
        Part::Child(child) => own.child(child),
        Part::Grandchild(child, grandchild) => own.child(child)?.child(grandchild),
    }
}

fn mark(revision: &Revision, device: &Device) -> ContentMark {
    ContentMark::of(device.element().map_or("", |span| span.slice(revision.document.text())))
}

fn path(part: Part) -> String {
    match part {
        Part::Own => String::new(),
        Part::Child(child) => child.to_owned(),
        Part::Grandchild(child, grandchild) => format!("{child}/{grandchild}"),
    }
}

fn part(path: &str) -> Option<Part> {
    let known = |name: &str| PARTS.iter().find(|known| **known == name).copied();
    match path.split_once('/') {
        None if path.is_empty() => Some(Part::Own),
        None => Some(Part::Child(known(path)?)),
        Some((child, grandchild)) => Some(Part::Grandchild(known(child)?, known(grandchild)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names between quotes behind every `word(` in the sources.
    fn named(word: &str) -> Vec<String> {
        let word = format!("{word}(");
        let mut todo = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let mut found = Vec::new();
        while let Some(path) = todo.pop() {
            if path.is_dir() {
                todo.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let behind = text.split(&word).skip(1).filter_map(|rest| rest.split(')').next());
            let quoted = behind.flat_map(|inside| inside.split('"').skip(1).step_by(2));
            found.extend(quoted.map(str::to_owned));
        }
        found
    }

    #[test]
    fn every_part_that_a_change_may_name_can_be_read_back() {
        let children = named("Part::Child");
        assert!(children.len() > 10, "looked in the wrong place");
        for name in children.into_iter().chain(named("Part::Grandchild")) {
            assert!(PARTS.contains(&name.as_str()), "`{name}` is missing in PARTS");
        }
        for text in ["", "target", "address/zpci"] {
            assert_eq!(path(part(text).unwrap()), text);
        }
        assert_eq!(part("target/nonsense"), None);
    }
}
