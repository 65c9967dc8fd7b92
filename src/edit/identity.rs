//! Finds a device again in a text that another program edited meanwhile.
//!
//! Class and number name a device as long as no device is added or removed. Beyond that a device is
//! identified by its name (target, MAC, controller index), then by its alias; then, if it has
//! neither, by its place.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::revision::Revision;
use crate::model::{Device, DeviceKey, Kind};

/// The title of a device with the words that distinguish it from others: `net virtio 52:54:00:1c:dc:98`.
pub(super) fn full_title(device: &Device) -> String {
    let (title, purpose) = (device.title(), device.description());
    if purpose.is_empty() { title } else { format!("{title} {purpose}") }
}

/// The name that distinguishes a device from others of its class, independent of its place.
pub(super) fn identity(device: &Device) -> String {
    let class = device.class();
    let own = match &device.kind {
        Kind::Disk(disk) => disk.target.as_deref().map(str::to_owned),
        Kind::Interface(interface) => interface.mac.as_deref().map(str::to_ascii_lowercase),
        Kind::Controller(controller) => {
            // Companions share an index, so the model belongs to the name of a USB controller.
            let companion = controller.master.and(controller.model.as_deref()).unwrap_or_default();
            controller.index.map(|index| format!("{} {index} {companion}", controller.word))
        }
        Kind::Filesystem(filesystem) => filesystem.target.as_deref().map(str::to_owned),
        Kind::Hostdev(hostdev) => Some(hostdev.host.to_string()),
        Kind::Parallel(chardev)
        | Kind::Serial(chardev)
        | Kind::Console(chardev)
        | Kind::Channel(chardev) => chardev.target_name.as_deref().map(str::to_owned),
        Kind::Qemu(qemu) => qemu.id.as_deref().map(str::to_owned),
        _ => None,
    };
    let own = own.filter(|own| !own.is_empty());
    match own {
        Some(own) => format!("{class} {own}"),
        None => format!("{class} = {}", device.title()),
    }
}

/// A device of one text, described so that it can be found in another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceIdentity {
    /// Class and number in the text it is from.
    pub key: DeviceKey,
    /// Title for messages: `net virtio 52:54:00:1c:dc:98`.
    pub title: String,
    /// Name that distinguishes it from others of its class.
    identity: String,
    /// Number of devices with the same name before it, and number of all of them.
    nth: (usize, usize),
    /// Alias of the device, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alias: Option<String>,
    /// The address that is written, as it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// Why a device is not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LookupError {
    /// There is no such device.
    Missing,
    /// Several devices may be meant.
    Ambiguous,
}

/// The devices of a guest by identity and alias, those that libvirt would add among them.
pub(super) struct DeviceIndex<'r> {
    written: BTreeMap<DeviceKey, &'r Device>,
    completed: BTreeMap<DeviceKey, &'r Device>,
    identities: HashMap<String, Vec<DeviceKey>>,
    aliases: HashMap<&'r str, Vec<DeviceKey>>,
}

impl<'r> DeviceIndex<'r> {
    /// The devices of `revision`.
    pub(super) fn of(revision: &'r Revision) -> Self {
        let completed = revision.guest().domain;
        let mut index = Self {
            written: revision.domain.by_key(),
            completed: completed.by_key(),
            identities: HashMap::new(),
            aliases: HashMap::new(),
        };
        for device in &completed.devices {
            index.identities.entry(identity(device)).or_default().push(device.key());
            if let Some(alias) = device.alias.as_deref() {
                index.aliases.entry(alias).or_default().push(device.key());
            }
        }
        index
    }

    /// The device with this key as it is written; `None` when libvirt would add it.
    pub(super) fn written(&self, key: DeviceKey) -> Option<&'r Device> {
        self.written.get(&key).copied()
    }

    /// The identity of the device with this key; `None` when there is no such device.
    pub(super) fn identity(&self, key: DeviceKey) -> Option<DeviceIdentity> {
        let device = self.completed.get(&key)?;
        let identity = identity(device);
        let alike = self.identities.get(&identity).map(Vec::as_slice).unwrap_or_default();
        let nth = alike.iter().position(|other| *other == key).unwrap_or_default();
        Some(DeviceIdentity {
            key,
            title: full_title(device),
            nth: (nth, alike.len()),
            identity,
            alias: device.alias.as_deref().map(str::to_owned),
            place: self.place(key),
        })
    }

    fn place(&self, key: DeviceKey) -> Option<String> {
        self.written(key)?.address().map(ToString::to_string)
    }

    /// The key of the device with this identity.
    ///
    /// # Errors
    /// When it is missing, or cannot be distinguished from others.
    pub(super) fn find(&self, wanted: &DeviceIdentity) -> Result<DeviceKey, LookupError> {
        let alike = self.identities.get(&wanted.identity).map(Vec::as_slice).unwrap_or_default();
        let (nth, count) = wanted.nth;
        if alike.len() == count
            && let Some(key) = alike.get(nth)
        {
            return Ok(*key);
        }
        // One of several similar devices was added or removed: only an alias or a place identifies
        // it.
        let alias = wanted.alias.as_deref().and_then(|alias| self.aliases.get(alias));
        if let Some([key]) = alias.map(Vec::as_slice)
            && key.class == wanted.key.class
        {
            return Ok(*key);
        }
        let mut here = alike.iter().filter(|key| self.place(**key) == wanted.place);
        match (here.next(), here.next(), alike) {
            (Some(key), None, _) if wanted.place.is_some() => Ok(*key),
            (_, _, []) => Err(LookupError::Missing),
            _ => Err(LookupError::Ambiguous),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guest(devices: &str) -> Revision {
        let text = format!(
            "<domain><os><type arch='x86_64' machine='pc'/></os><devices>{devices}</devices></domain>"
        );
        Revision::build(text).unwrap()
    }

    /// The key in `new` of the `nth` device of `old`.
    fn found(old: &str, nth: usize, new: &str) -> Result<String, LookupError> {
        let (old, new) = (guest(old), guest(new));
        let identity = DeviceIndex::of(&old).identity(old.domain.devices[nth].key()).unwrap();
        DeviceIndex::of(&new).find(&identity).map(|key| key.to_string())
    }

    #[test]
    fn names_are_stronger_than_order() {
        let disk = |name: &str| format!("<disk><target dev='{name}'/></disk>");
        let [a, b, c] = ["vda", "vdb", "vdc"].map(disk);
        assert_eq!(found(&(a.clone() + &b), 1, &(c.clone() + &b + &a)), Ok("disk:1".to_owned()));
        assert_eq!(found(&(a.clone() + &b), 1, &(a + &c)), Err(LookupError::Missing));
    }

    #[test]
    fn what_has_no_name_is_told_aliases_then_by_place() {
        let sound = |alias: &str, slot: u32| {
            format!(
                "<sound model='ac97'><alias name='{alias}'/><address type='pci' slot='{slot}'/>\
                 </sound>"
            )
        };
        let [one, two, other] = [("a", 3), ("b", 4), ("c", 5)].map(|(a, slot)| sound(a, slot));
        let both = one.clone() + &two;
        assert_eq!(found(&both, 1, &both), Ok("sound:1".to_owned()));
        assert_eq!(found(&both, 1, &two), Ok("sound:0".to_owned()), "by its alias");
        let unnamed = |text: &str| text.replace("<alias name='b'/>", "");
        assert_eq!(found(&unnamed(&both), 1, &unnamed(&two)), Ok("sound:0".to_owned()));
        assert_eq!(found(&unnamed(&both), 1, &other), Err(LookupError::Ambiguous));
        assert_eq!(found(&both, 1, ""), Err(LookupError::Missing));
    }
}
