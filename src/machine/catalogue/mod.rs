//! The hardware catalogue: one row for each device model and controller model, by libvirt's words
//! and by QEMU's.
//!
//! Everything about a model is in its row: the words that spell it, QEMU's devices, PCI ids and
//! class, the connection that libvirt looks for, the bus it is on without an address, whether it
//! can be plugged. All other modules ask here.
//!
//! Sources: libvirt 11.3 (file and function at each table); ids and classes were read from QEMU
//! 10.0.2 with `query-pci`, each device on a conventional bus and behind a root port.

mod bridges;
mod bus;
mod chipset;
mod controllers;
mod defaults;
mod disk_names;
mod element;
mod geometry;
mod hotplug;
mod implicit;
mod lookup;
mod model;
mod names;
mod need;
mod network;
mod offered;
mod pci_bus;
mod pci_id;
mod platform;
mod ports;
mod qemu_only;
mod screen;
mod scsi;
mod spelling;
mod storage;
mod vocabulary;
mod words;

pub use bus::QemuBus;
pub(super) use chipset::parts;
pub use chipset::{ChipsetController, ChipsetPart, Offers};
pub use controllers::{ControllerModel, UsbPart};
pub use defaults::{
    OPEN_SCSI_MODEL, input_bus, net_model, own_scsi_model, panic_model, scsi_model, serial_target,
    tpm_model, usb_model, video_model,
};
pub use disk_names::{disk_name, disk_place};
pub use element::Written;
pub use geometry::{Addressing, Coordinate, Drives, Geometry, Ports};
pub use implicit::ImplicitBus;
pub use model::{Ask, Driver, Model, Values, Words};
pub use names::{controller_models, default_model_name, is_model_name, takes_model_name};
pub use need::{is_express, need, pci_id};
pub use offered::implicit_bus;
pub use pci_bus::BusRules;
pub use pci_id::{Form, Ids, PciId};
pub use spelling::{ElementPart, Spelling, Where};
pub use storage::{DISK_BUSES, DiskBus, disk_bus};
pub use vocabulary::Vocabulary;
