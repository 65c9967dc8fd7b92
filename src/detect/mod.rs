//! Live facts to configured devices: what a monitor tells about a running guest, and which of the
//! devices it tells about are which devices of the XML.
//!
//! Pure: it is given answers, and says what to ask. Sockets are elsewhere.

mod adopt;
mod answers;
mod elements;
mod facts;
mod freeze;
mod hmp;
mod leftover;
mod listing;
mod order;
mod pair;
mod plug;
mod progress;
mod qmp;
mod qom;
mod qtree;
mod seat;
mod seats;
mod site;
mod skeleton;
mod spot;
mod told;
mod unplug;
mod want;
mod write;

pub use adopt::Refused;
pub use answers::{Answers, NoCapture};
pub use facts::{
    Bridge, Drive, Facts, LiveBus, LiveBusKind, LiveBusNo, LiveDevice, LiveNo, Nic, PciFacts,
    Region, RunState, Seat,
};
pub use freeze::Frozen;
pub use hmp::{
    UsbEntry, info_block, info_memory_devices, info_network, info_pci, info_status, info_usb,
    info_version, is_info_pci,
};
pub use listing::PciEntry;
pub use order::{NoOrder, Order, OrderKind};
pub use pair::{Ambiguity, Basis, Change, Confidence, Pair, Pairing};
pub use plug::{Backends, Backing, Command, NewDevice, NoPlug, Plug, Step, Wanted};
pub use progress::Progress;
pub use qmp::{is_query_pci, query_block, query_memory_devices, query_pci, query_status, version};
pub use qom::{QomWalk, Query};
pub use qtree::info_qtree;
pub use seats::NoSeat;
pub use site::Site;
pub use skeleton::{skeleton, without_empty_arguments};
pub use unplug::{NoUnplug, Unplug};
pub use write::{GuestText, Write, Written};
