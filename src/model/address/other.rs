//! The smaller kinds of address, and unknown ones.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{ControllerIndex, Text};

/// A port of a virtio-serial controller.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct VirtioSerialAddress {
    /// Index of the controller.
    pub controller: ControllerIndex,
    /// Always 0 in practice; libvirt keeps it.
    pub bus: u32,
    /// Port, 0 for "to be chosen" (port 0 itself is for a console).
    pub port: u32,
}

impl VirtioSerialAddress {
    pub(super) fn push_attributes(&self, out: &mut Vec<(&str, String)>) {
        out.push(("controller", self.controller.to_string()));
        out.push(("bus", self.bus.to_string()));
        out.push(("port", self.port.to_string()));
    }
}

/// Formats as `controller:bus:port`.
impl fmt::Display for VirtioSerialAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.controller, self.bus, self.port)
    }
}

/// A slot of a smartcard reader.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct CcidAddress {
    /// Index of the controller.
    pub controller: ControllerIndex,
    /// Slot; QEMU has only 0.
    pub slot: u32,
}

impl CcidAddress {
    pub(super) fn push_attributes(self, out: &mut Vec<(&str, String)>) {
        out.push(("controller", self.controller.to_string()));
        out.push(("slot", self.slot.to_string()));
    }
}

/// Formats as `controller:slot`.
impl fmt::Display for CcidAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.controller, self.slot)
    }
}

/// A register of pSeries' virtual I/O bus.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct SpaprVioAddress {
    /// The register, up to 0xffffffff for QEMU; `None` while it is to be chosen.
    pub reg: Option<u64>,
}

impl SpaprVioAddress {
    pub(super) fn push_attributes(&self, out: &mut Vec<(&str, String)>) {
        if let Some(reg) = self.reg {
            out.push(("reg", format!("0x{reg:08x}")));
        }
    }
}

/// Formats like `0x00001000`.
impl fmt::Display for SpaprVioAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reg.map_or(Ok(()), |reg| write!(f, "0x{reg:08x}"))
    }
}

/// An I/O base and interrupt on the ISA bus; 0 means "not given".
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct IsaAddress {
    /// First I/O port.
    pub iobase: u32,
    /// The interrupt line.
    pub irq: u32,
}

impl IsaAddress {
    pub(super) fn push_attributes(self, out: &mut Vec<(&str, String)>) {
        if self.iobase > 0 {
            out.push(("iobase", format!("0x{:x}", self.iobase)));
        }
        if self.irq > 0 {
            out.push(("irq", format!("0x{:x}", self.irq)));
        }
    }
}

/// `0x505` or `0x3f8 irq 0x4`
impl fmt::Display for IsaAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.iobase, self.irq) {
            (0, 0) => Ok(()),
            (iobase, 0) => write!(f, "0x{iobase:x}"),
            (0, irq) => write!(f, "irq 0x{irq:x}"),
            (iobase, irq) => write!(f, "0x{iobase:x} irq 0x{irq:x}"),
        }
    }
}

/// A memory module's socket.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct DimmAddress {
    /// Socket, below `<maxMemory slots=>`.
    pub slot: u32,
    /// Guest physical address of the first byte; 0 for "QEMU chooses".
    pub base: u64,
}

impl DimmAddress {
    pub(super) fn push_attributes(&self, out: &mut Vec<(&str, String)>) {
        out.push(("slot", self.slot.to_string()));
        if self.base > 0 {
            out.push(("base", format!("0x{:x}", self.base)));
        }
    }
}

/// `0` or `0 at 0x100000000`
impl fmt::Display for DimmAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.base {
            0 => write!(f, "{}", self.slot),
            base => write!(f, "{} at 0x{base:x}", self.slot),
        }
    }
}

/// An address of a kind that libvirt 11 does not know: drawn by the name it carries, never edited.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UnknownAddress {
    /// The value of `type=`; empty if there is none.
    pub kind: Text,
    /// All other attributes in document order.
    pub attributes: Vec<(Text, Text)>,
}

/// Formats like `slot=3 lane=0`.
impl fmt::Display for UnknownAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, (name, value)) in self.attributes.iter().enumerate() {
            write!(f, "{}{name}={value}", if nth > 0 { " " } else { "" })?;
        }
        Ok(())
    }
}
