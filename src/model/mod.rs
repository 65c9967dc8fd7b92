//! The data model: addresses, devices, controllers, domains.
//!
//! Values and their spelling only. Their meaning on a machine is in `machine` and `topology`,
//! reading and writing them as XML in `xml`.

pub mod address;
mod change;
mod class;
mod code;
mod controller;
mod controller_patch;
mod device;
mod domain;
mod key;
mod kinds;
mod part;
mod problem;
mod selector;
mod target;
mod version;

pub use address::{Address, AddressKind, AddressMode, DeviceAddress, Origin, Placement};
pub use change::{Change, Fix};
pub use class::DeviceClass;
pub use code::Code;
pub use controller::{Controller, ControllerIndex, ControllerKind, PciModel, PciTarget};
pub use controller_patch::{ControllerField, ControllerPart, ControllerPatch};
pub use device::{Device, Presence};
pub use domain::{AcpiHotplug, Arch, Dialect, Domain, Features};
pub use key::DeviceKey;
pub use kinds::{
    Chardev, Disk, Filesystem, HostPci, HostSource, Hostdev, Interface, Kind, Memory, Plain,
    QemuDevice, QemuOption, Video,
};
pub use part::Part;
pub use problem::{Problem, Severity};
pub use selector::{Selector, SelectorError};
pub use target::{nvme_target, target_index, target_letters, target_prefix};
pub use version::{Version, VersionError};

/// A short piece of text that is kept but never edited.
pub type Text = Box<str>;
