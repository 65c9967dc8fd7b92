//! Finding a device again in a text that somebody else has edited meanwhile.
//!
//! Class and number name a device as long as nobody else adds or removes one. Beyond that it is
//! known by what it is called: target, MAC, controller index; then by its alias; then, where
//! nothing calls it anything, by its place.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::compare::{full_title, identity};
use super::revision::Revision;
use crate::model::{Device, DeviceKey};

/// What is known of a device at the time it was named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// Its class and number then.
    pub key: DeviceKey,
    /// What a person calls it: `net virtio 52:54:00:1c:dc:98`.
    pub title: String,
    /// What tells it apart.
    identity: String,
    /// How many with the same identity stand before it, and how many there are.
    nth: (usize, usize),
    /// Its alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alias: Option<String>,
    /// The address that is written, as it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// Why a device cannot be named or found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// There is none.
    Gone,
    /// Several may be meant.
    Several,
}

/// The devices of a guest by what they are called, those that libvirt would add among them.
pub(super) struct Roster<'r> {
    written: BTreeMap<DeviceKey, &'r Device>,
    completed: BTreeMap<DeviceKey, &'r Device>,
    identities: HashMap<String, Vec<DeviceKey>>,
    aliases: HashMap<&'r str, Vec<DeviceKey>>,
}

impl<'r> Roster<'r> {
    /// The devices of `revision`.
    pub(super) fn of(revision: &'r Revision) -> Self {
        let completed = revision.guest().domain;
        let mut roster = Self {
            written: revision.domain.by_key(),
            completed: completed.by_key(),
            identities: HashMap::new(),
            aliases: HashMap::new(),
        };
        for device in &completed.devices {
            roster.identities.entry(identity(device)).or_default().push(device.key);
            if let Some(alias) = device.alias.as_deref() {
                roster.aliases.entry(alias).or_default().push(device.key);
            }
        }
        roster
    }

    /// The device with this key as it is written; `None` when libvirt would add it.
    pub(super) fn written(&self, key: DeviceKey) -> Option<&'r Device> {
        self.written.get(&key).copied()
    }

    /// What is known of the device with this key.
    pub(super) fn who(&self, key: DeviceKey) -> Option<Who> {
        let device = self.completed.get(&key)?;
        let identity = identity(device);
        let alike = self.identities.get(&identity).map(Vec::as_slice).unwrap_or_default();
        let nth = alike.iter().position(|other| *other == key).unwrap_or_default();
        Some(Who {
            key,
            title: full_title(device),
            nth: (nth, alike.len()),
            identity,
            alias: device.alias.as_deref().map(str::to_owned),
            place: self.place(key),
        })
    }

    fn place(&self, key: DeviceKey) -> Option<String> {
        self.written(key)?.value().map(ToString::to_string)
    }

    /// The device that is meant.
    ///
    /// # Errors
    /// When it is not there, or nothing tells it from others.
    pub(super) fn find(&self, who: &Who) -> Result<DeviceKey, Unknown> {
        let alike = self.identities.get(&who.identity).map(Vec::as_slice).unwrap_or_default();
        let (nth, count) = who.nth;
        if alike.len() == count
            && let Some(key) = alike.get(nth)
        {
            return Ok(*key);
        }
        // One of several that look the same came or went: which, only an alias or a place can tell.
        let alias = who.alias.as_deref().and_then(|alias| self.aliases.get(alias));
        if let Some([key]) = alias.map(Vec::as_slice)
            && key.class == who.key.class
        {
            return Ok(*key);
        }
        let mut here = alike.iter().filter(|key| self.place(**key) == who.place);
        match (here.next(), here.next(), alike) {
            (Some(key), None, _) if who.place.is_some() => Ok(*key),
            (_, _, []) => Err(Unknown::Gone),
            _ => Err(Unknown::Several),
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

    /// Whom the `nth` device of `old` is found as in `new`.
    fn found(old: &str, nth: usize, new: &str) -> Result<String, Unknown> {
        let (old, new) = (guest(old), guest(new));
        let who = Roster::of(&old).who(old.domain.devices[nth].key).unwrap();
        Roster::of(&new).find(&who).map(|key| key.to_string())
    }

    #[test]
    fn names_are_stronger_than_order() {
        let disk = |name: &str| format!("<disk><target dev='{name}'/></disk>");
        let [a, b, c] = ["vda", "vdb", "vdc"].map(disk);
        assert_eq!(found(&(a.clone() + &b), 1, &(c.clone() + &b + &a)), Ok("disk:1".to_owned()));
        assert_eq!(found(&(a.clone() + &b), 1, &(a + &c)), Err(Unknown::Gone));
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
        assert_eq!(found(&unnamed(&both), 1, &other), Err(Unknown::Several));
        assert_eq!(found(&both, 1, ""), Err(Unknown::Gone));
    }
}
