//! What somebody wants done to a guest, as data: a fix, a move on the screen, a command.
//!
//! A change says what is wanted and never which bytes: `edit::plan` turns it into an edit of the
//! text, or says why it cannot.

use super::{Address, Controller, ControllerPatch, DeviceKey, Mode};

/// One thing to be done to a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Give a device this address, whether or not it had one.
    Move {
        /// Whom.
        device: DeviceKey,
        /// Where to.
        to: Address,
    },
    /// Take a device's address away: libvirt chooses one.
    RemoveAddress(DeviceKey),
    /// Give some fields of a controller other values.
    SetController {
        /// The controller to change.
        device: DeviceKey,
        /// The new values; other fields stay as they are.
        to: Box<ControllerPatch>,
    },
    /// Give an attribute of a device another value, or take it away.
    SetAttribute {
        /// Whose.
        device: DeviceKey,
        /// On which element of it.
        part: Part,
        /// The attribute.
        name: String,
        /// Its value; `None` takes it away, and a child that said nothing else with it.
        value: Option<String>,
    },
    /// Say with 2009's `mode=` whether the address that is written stays.
    SetMode {
        /// Whose.
        device: DeviceKey,
        /// Whether it stays.
        mode: Mode,
    },
    /// Give a device this `<acpi index=>`, by which its guest names a NIC.
    SetAcpiIndex {
        /// Whose.
        device: DeviceKey,
        /// 1..=16383; `None` takes it away.
        index: Option<u32>,
    },
    /// Write a controller that is not there.
    AddController {
        /// What it says.
        controller: Box<Controller>,
        /// Where it is; libvirt chooses without.
        address: Option<Address>,
    },
    /// Write a device that libvirt would add by itself.
    Adopt {
        /// Which, by its number in the completed guest.
        device: DeviceKey,
        /// Where it is; `None` leaves that to libvirt.
        address: Option<Address>,
    },
    /// Write a device that neither the document nor libvirt knows of.
    AddDevice {
        /// Its element as XML, without address.
        element: String,
        /// Where it is; libvirt chooses without.
        address: Option<Address>,
    },
    /// Take a device away.
    Remove(DeviceKey),
    /// All of these, as one edit.
    Batch(Vec<Change>),
}

/// The element of a device that has an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The device's own.
    Own,
    /// Its first child of this name.
    Child(&'static str),
    /// The first grandchild of these names: `<address><zpci/></address>`.
    Grandchild(&'static str, &'static str),
}

/// A way to mend a problem: a change and what to call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as a person would be asked: "move disk vdb to 00:05.0".
    pub title: String,
    /// The change.
    pub change: Change,
}

impl Fix {
    /// A fix with this title.
    pub fn new(title: impl Into<String>, change: Change) -> Self {
        Self { title: title.into(), change }
    }
}
