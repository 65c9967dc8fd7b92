//! Keys of devices: their class and number in document order, which identify them in one text.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::DeviceClass;

/// Names one device of a domain: the `nth` of its class in document order, from 0.
///
/// It survives edits: moving a device rewrites attributes, not order, and new elements go after
/// the last of their class. Devices that libvirt would add are counted on from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeviceKey {
    /// The element's class.
    pub class: DeviceClass,
    /// The number of devices of its class before it.
    pub nth: u32,
}

impl DeviceKey {
    /// The `nth` (from 0) device of `class`.
    pub fn new(class: DeviceClass, nth: u32) -> Self {
        Self { class, nth }
    }
}

impl TryFrom<String> for DeviceKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let key = text.split_once(':').and_then(|(class, nth)| {
            Some(Self::new(DeviceClass::from_name(class)?, nth.parse().ok()?))
        });
        key.ok_or_else(|| format!("{text:?} is not a class and number"))
    }
}

impl From<DeviceKey> for String {
    fn from(key: DeviceKey) -> Self {
        key.to_string()
    }
}

/// `interface:2`, which is also a selector.
impl fmt::Display for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.class, self.nth)
    }
}
