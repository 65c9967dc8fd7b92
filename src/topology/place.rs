//! One position on a bus, runs of free ones, and the reasons why a device has none.

use std::fmt;

use crate::model::address::{CcwAddress, Function, Slot};

/// A position on one bus. Which fields it has follows from the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// On a PCI bus.
    Pci(Slot, Function),
    /// On an IDE, SCSI, SATA or floppy controller: bus, target, unit.
    Drive {
        /// IDE channel; 0 elsewhere.
        bus: u32,
        /// SCSI target; 0 elsewhere.
        target: u32,
        /// Unit on it.
        unit: u32,
    },
    /// A port: of a USB controller or hub (from 1), of a virtio-serial controller (from 0).
    Port(u32),
    /// 2009's USB device number, 1..=127.
    Device(u32),
    /// A slot of a smartcard reader, or a memory socket.
    Slot(u32),
    /// A register of pSeries' virtual I/O bus.
    Reg(u64),
    /// A device number in the channel subsystem.
    Ccw(CcwAddress),
    /// A first I/O port on the ISA bus.
    Io(u32),
    /// On the bus, but at no place that has a number.
    Unnumbered,
}

impl Place {
    /// The PCI slot, on a PCI bus.
    pub fn slot(self) -> Option<Slot> {
        match self {
            Self::Pci(slot, _) => Some(slot),
            _ => None,
        }
    }
}

/// `04.0`, `0:3` (bus:unit), `0:2:1` (bus:target:unit), `3`, `fe.0.0001`, `0x3f8`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pci(slot, function) => write!(f, "{:02x}.{:x}", slot.get(), function.get()),
            Self::Drive { bus, target, unit } => write!(f, "{bus}:{target}:{unit}"),
            Self::Port(number) | Self::Slot(number) => number.fmt(f),
            Self::Device(number) => write!(f, "dev {number}"),
            Self::Reg(reg) => write!(f, "{reg:#06x}"),
            Self::Ccw(ccw) => ccw.fmt(f),
            Self::Io(base) => write!(f, "{base:#x}"),
            Self::Unnumbered => Ok(()),
        }
    }
}

/// Free places next to each other, first and last included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Run {
    /// The first free place.
    pub first: Place,
    /// The last free place; the first again for a run of one.
    pub last: Place,
    /// The number of places: whole slots on a PCI bus.
    pub count: u32,
}

/// `05–1f` on a PCI bus, `0:0:1–0:0:6`, `3`.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |place: Place| match place {
            Place::Pci(slot, _) => format!("{:02x}", slot.get()),
            place => place.to_string(),
        };
        f.write_str(&end(self.first))?;
        if self.first == self.last { Ok(()) } else { write!(f, "–{}", end(self.last)) }
    }
}

/// The reason why a device is on no bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unplaced {
    /// The device has no address, and needs one.
    NoAddress,
    /// Its address cannot be read.
    BadAddress,
    /// Its address is of a kind that is no place for it.
    WrongKind,
    /// The controller, hub or port it names is not there.
    NoParent,
    /// The bridges above it lead back to themselves.
    Loop,
}

impl Unplaced {
    /// A short description.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoAddress => "no address",
            Self::BadAddress => "address cannot be read",
            Self::WrongKind => "it cannot have this address",
            Self::NoParent => "its controller does not exist",
            Self::Loop => "its bridges form a loop",
        }
    }
}
