//! Facts about a running guest, and parsers of its monitor's answers.
//!
//! [`Facts`] are devices on buses in QEMU's terms. They are read from [`Answers`] of any monitor; a
//! [`QomWalk`] lists the queries. Pure: sockets are in `sources`.

mod answers;
mod enumeration;
mod facts;
mod hmp;
mod pci_listing;
mod properties;
mod qmp;
mod qom;
mod qtree;
mod qtree_index;
mod words;

pub use answers::{Answers, CaptureError};
pub use enumeration::Enumeration;
pub use facts::{
    Bridge, Drive, Facts, LiveBus, LiveBusKind, LiveBusNo, LiveDevice, LiveNo, Nic, PciFacts,
    QdevAddress, Region, RunState,
};
pub use hmp::{
    UsbEntry, info_block, info_memory_devices, info_network, info_pci, info_status, info_usb,
    info_version, is_info_pci,
};
pub use pci_listing::PciEntry;
pub use qmp::{is_query_pci, query_block, query_memory_devices, query_pci, query_status, version};
pub use qom::{QomWalk, Query, creation};
pub use qtree::info_qtree;
