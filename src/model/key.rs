//! What names a device through edits: its class and its place in the document's order.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The element a device is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the element's name in libvirt's XML")]
pub enum DeviceClass {
    Disk,
    Controller,
    Filesystem,
    Interface,
    Smartcard,
    Parallel,
    Serial,
    Console,
    Channel,
    Input,
    Sound,
    Video,
    Hostdev,
    Watchdog,
    Memballoon,
    Rng,
    Crypto,
    Tpm,
    Nvram,
    Hub,
    Redirdev,
    Shmem,
    Memory,
    Iommu,
    Vsock,
    Panic,
    Pstore,
    /// A `-device` argument in `<qemu:commandline>`: drawn, never edited.
    Qemu,
    /// An element libvirt 11 does not know.
    Other,
}

/// Every class with its element, in the order of libvirt's documentation of `<devices>`.
const CLASSES: &[(DeviceClass, &str)] = &[
    (DeviceClass::Disk, "disk"),
    (DeviceClass::Controller, "controller"),
    (DeviceClass::Filesystem, "filesystem"),
    (DeviceClass::Interface, "interface"),
    (DeviceClass::Smartcard, "smartcard"),
    (DeviceClass::Parallel, "parallel"),
    (DeviceClass::Serial, "serial"),
    (DeviceClass::Console, "console"),
    (DeviceClass::Channel, "channel"),
    (DeviceClass::Input, "input"),
    (DeviceClass::Sound, "sound"),
    (DeviceClass::Video, "video"),
    (DeviceClass::Hostdev, "hostdev"),
    (DeviceClass::Watchdog, "watchdog"),
    (DeviceClass::Memballoon, "memballoon"),
    (DeviceClass::Rng, "rng"),
    (DeviceClass::Crypto, "crypto"),
    (DeviceClass::Tpm, "tpm"),
    (DeviceClass::Nvram, "nvram"),
    (DeviceClass::Hub, "hub"),
    (DeviceClass::Redirdev, "redirdev"),
    (DeviceClass::Shmem, "shmem"),
    (DeviceClass::Memory, "memory"),
    (DeviceClass::Iommu, "iommu"),
    (DeviceClass::Vsock, "vsock"),
    (DeviceClass::Panic, "panic"),
    (DeviceClass::Pstore, "pstore"),
    (DeviceClass::Qemu, "qemu"),
    (DeviceClass::Other, "other"),
];

impl DeviceClass {
    /// The class written as `<name>`; `None` for elements that are no device with an address of
    /// their own (`emulator`, `graphics`, `audio`, ...).
    pub fn from_element(name: &str) -> Option<Self> {
        CLASSES
            .iter()
            .find(|row| row.1 == name && !matches!(row.0, Self::Qemu | Self::Other))
            .map(|row| row.0)
    }

    /// The class a selector names, `qemu` and `other` included.
    pub fn from_word(word: &str) -> Option<Self> {
        CLASSES.iter().find(|row| row.1 == word).map(|row| row.0)
    }

    /// The element's name, or `qemu` and `other`.
    pub fn word(self) -> &'static str {
        CLASSES.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    /// Every class.
    pub fn all() -> impl Iterator<Item = Self> {
        CLASSES.iter().map(|row| row.0)
    }
}

impl fmt::Display for DeviceClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Names one device of a domain: the `nth` of its class in document order, from 0.
///
/// It survives edits: moving a device rewrites attributes, not order, and new elements go after
/// the last of their class. Devices that libvirt would add are counted on from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeviceKey {
    /// The element's class.
    pub class: DeviceClass,
    /// How many of its class stand before it.
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
            Some(Self::new(DeviceClass::from_word(class)?, nth.parse().ok()?))
        });
        key.ok_or_else(|| format!("{text:?} is no class and number"))
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
