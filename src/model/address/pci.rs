//! PCI addresses as libvirt writes them: controller index, slot, function.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::number::{Base, parse_u32};
use crate::model::ControllerIndex;

/// A device number on a PCI bus, 0..=0x1f (PCI Local Bus 3.0, section 3.2.2.3.2).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "u32", into = "u32")]
pub struct Slot(u8);

impl TryFrom<u32> for Slot {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        Self::new(number).ok_or_else(|| format!("{number} is above {}", Self::MAX.0))
    }
}

impl From<Slot> for u32 {
    fn from(slot: Slot) -> Self {
        slot.0.into()
    }
}

impl Slot {
    /// The lowest slot, 0.
    pub const ZERO: Self = Self(0);
    /// The highest slot, 0x1f.
    pub const MAX: Self = Self(0x1f);

    /// The slot with this number, for tables: in a constant, a number above 0x1f does not compile.
    ///
    /// # Panics
    /// When the number is above 0x1f.
    pub const fn literal(number: u8) -> Self {
        assert!(number <= Self::MAX.0, "a PCI slot is 0x1f at most");
        Self(number)
    }

    /// The slot with this number; `None` above 0x1f.
    pub fn new(number: u32) -> Option<Self> {
        u8::try_from(number).ok().filter(|number| *number <= Self::MAX.0).map(Self)
    }

    /// Its number, 0..=0x1f.
    pub fn get(self) -> u8 {
        self.0
    }

    /// All 32 slots, from 0.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> {
        (0..=Self::MAX.0).map(Self)
    }
}

/// A function of a PCI device, 0..=7 (PCI Local Bus 3.0, section 3.2.2.3.2).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "u32", into = "u32")]
pub struct Function(u8);

impl TryFrom<u32> for Function {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        Self::new(number).ok_or_else(|| format!("{number} is above {}", Self::MAX.0))
    }
}

impl From<Function> for u32 {
    fn from(function: Function) -> Self {
        function.0.into()
    }
}

impl Function {
    /// The highest function, 7.
    pub const MAX: Self = Self(7);
    /// The function every device must have for a guest to look at the others.
    pub const ZERO: Self = Self(0);

    /// The function with this number, for tables: in a constant, a number above 7 does not compile.
    ///
    /// # Panics
    /// When the number is above 7.
    pub const fn literal(number: u8) -> Self {
        assert!(number <= Self::MAX.0, "a PCI function is 7 at most");
        Self(number)
    }

    /// The function with this number; `None` above 7.
    pub fn new(number: u32) -> Option<Self> {
        u8::try_from(number).ok().filter(|number| *number <= Self::MAX.0).map(Self)
    }

    /// Its number, 0..=7.
    pub fn get(self) -> u8 {
        self.0
    }

    /// All eight functions, from 0.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> {
        (0..=Self::MAX.0).map(Self)
    }
}

/// A place on a PCI bus. The bus is a libvirt *controller index*, not the number that the
/// guest's firmware will write into the bridge.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct PciAddress {
    /// PCI domain; QEMU guests have only 0.
    pub domain: u32,
    /// Index of the PCI controller, 0..=0xff where libvirt read it.
    pub bus: ControllerIndex,
    /// Device number on the bus.
    pub slot: Slot,
    /// Function of the device.
    pub function: Function,
}

impl PciAddress {
    /// The place `bus:slot.function` in domain 0; `None` when slot or function is out of range.
    pub fn new(bus: u32, slot: u32, function: u32) -> Option<Self> {
        Some(Self {
            domain: 0,
            bus: ControllerIndex(bus),
            slot: Slot::new(slot)?,
            function: Function::new(function)?,
        })
    }

    /// The place `slot.function` on bus 0, for tables: in a constant, a place that is none does not
    /// compile.
    ///
    /// # Panics
    /// When the slot is above 0x1f or the function above 7.
    pub const fn literal(slot: u8, function: u8) -> Self {
        Self {
            domain: 0,
            bus: ControllerIndex(0),
            slot: Slot::literal(slot),
            function: Function::literal(function),
        }
    }

    /// The register that libvirt reads where a device of pSeries' virtual I/O bus has a PCI
    /// address: both lie in one union, domain and bus in the two halves of a register.
    ///
    /// Source: `device_conf.h: struct _virDomainDeviceInfo`.
    pub fn spapr_register(self) -> u64 {
        u64::from(self.bus.0) << 32 | u64::from(self.domain)
    }

    /// `04.0`: the place within its bus.
    pub fn short(self) -> String {
        format!("{:02x}.{:x}", self.slot.0, self.function.0)
    }
}

/// `0000:00:04.0`, all hexadecimal, as libvirt's messages write it.
impl fmt::Display for PciAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { domain, bus, slot, function } = self;
        write!(f, "{domain:04x}:{:02x}:{:02x}.{:x}", bus.0, slot.0, function.0)
    }
}

/// Why a typed text is not a PCI address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct ParsePciError(String);

/// Parses `0000:06:02.0`, `06:02.0` or `6:2`; every number is hexadecimal.
impl FromStr for PciAddress {
    type Err = ParsePciError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = |what: &str, why: &str| {
            ParsePciError(format!(
                "'{text}' is not a PCI address: {what} {why}; write it in hexadecimal as \
                 bus:slot.function, such as 06:02.0"
            ))
        };
        let number = |what: &str, digits: &str, max: u32| {
            let plain = digits.len() <= 10 && !digits.starts_with(['+', ' ', '\t']);
            let value = plain.then(|| parse_u32(digits, Base::Sixteen).ok()).flatten();
            match value {
                Some(value) if value <= max => Ok(value),
                Some(_) => Err(bad(what, &format!("'{digits}' is above {max:x}"))),
                None => Err(bad(what, &format!("'{digits}' is not a hexadecimal number"))),
            }
        };
        let mut parts = text.rsplitn(3, ':');
        let place = parts.next().unwrap_or_default();
        let bus = parts.next().ok_or_else(|| bad("the bus", "is missing"))?;
        let domain = parts.next().unwrap_or("0");
        let (slot, function) = place.split_once('.').unwrap_or((place, "0"));
        let domain = number("the domain", domain, 0xffff)?;
        let bus = number("the bus", bus, 0xff)?;
        let slot = number("the slot", slot, u32::from(Slot::MAX.0))?;
        let function = number("the function", function, u32::from(Function::MAX.0))?;
        let at = Self::new(bus, slot, function).ok_or_else(|| bad("it", "is out of range"))?;
        Ok(Self { domain, ..at })
    }
}

/// The ids an s390x guest knows a PCI device by (`<zpci uid= fid=/>`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Zpci {
    /// User-defined id, 1..=0xffff.
    pub uid: Option<u32>,
    /// Function id, 32 bits.
    pub fid: Option<u32>,
}

impl Zpci {
    /// Whether neither id is written.
    pub fn is_empty(self) -> bool {
        self.uid.is_none() && self.fid.is_none()
    }

    /// The attributes of `<zpci>` as libvirt writes them (`device_conf.c:
    /// virDomainDeviceInfoFormat`).
    pub fn attributes(self) -> Vec<(&'static str, String)> {
        let uid = self.uid.map(|uid| ("uid", format!("0x{uid:04x}")));
        let fid = self.fid.map(|fid| ("fid", format!("0x{fid:08x}")));
        uid.into_iter().chain(fid).collect()
    }
}

/// The attributes of `<address type='pci'>`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pci {
    /// The place; `None` when domain, bus and slot are all 0 or absent: libvirt then chooses,
    /// whatever the function is (`device_conf.h: virPCIDeviceAddressIsEmpty`).
    pub at: Option<PciAddress>,
    /// `multifunction='on'|'off'`, on function 0 of a slot with several functions.
    pub multifunction: Option<bool>,
    /// The zPCI ids of s390x.
    pub zpci: Zpci,
}

impl Pci {
    /// The chosen place `at` and nothing else.
    pub fn at(at: PciAddress) -> Self {
        Self { at: Some(at), ..Self::default() }
    }

    pub(super) fn push_attributes(&self, out: &mut Vec<(&str, String)>) {
        let Some(at) = self.at else { return };
        out.push(("domain", format!("0x{:04x}", at.domain)));
        out.push(("bus", format!("0x{:02x}", at.bus.0)));
        out.push(("slot", format!("0x{:02x}", at.slot.0)));
        out.push(("function", format!("0x{:x}", at.function.0)));
        if let Some(on) = self.multifunction {
            out.push(("multifunction", if on { "on" } else { "off" }.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_addresses_are_hexadecimal_and_may_be_short() {
        let cases = [
            ("0000:06:02.0", Some("0000:06:02.0")),
            ("06:02.0", Some("0000:06:02.0")),
            ("6:2", Some("0000:06:02.0")),
            ("0:1f.7", Some("0000:00:1f.7")),
            ("0x0:0x1f.0x7", Some("0000:00:1f.7")),
            ("ff:10", Some("0000:ff:10.0")),
            ("0:20.0", None),
            ("0:1f.8", None),
            ("100:1", None),
            ("5", None),
            ("", None),
            ("::", None),
            ("0:-1", None),
            ("0:g", None),
            ("1:2:3:4", None),
        ];
        for (text, want) in cases {
            let got = text.parse::<PciAddress>().map(|at| at.to_string());
            assert_eq!(got.as_deref().ok(), want, "{text:?}: {got:?}");
        }
    }

    #[test]
    fn a_bad_address_says_which_part_is_bad() {
        let message = |text: &str| text.parse::<PciAddress>().unwrap_err().to_string();
        assert!(message("0:20").contains("the slot '20' is above 1f"), "{}", message("0:20"));
        assert!(message("5").contains("the bus is missing"));
        assert!(message("0:1.x").contains("the function 'x' is not"));
    }

    #[test]
    fn slots_and_functions_keep_their_range() {
        assert_eq!(Slot::new(0x1f), Some(Slot::MAX));
        assert_eq!(Slot::new(0x20), None);
        assert_eq!(Function::new(7), Some(Function::MAX));
        assert_eq!(Function::new(8), None);
        assert_eq!(Slot::all().count(), 32);
        assert_eq!(Function::all().count(), 8);
    }
}
