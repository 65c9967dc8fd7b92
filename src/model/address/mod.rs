//! Addresses: the `<address>` element and its kinds, which attach a device to its logical parent.
//!
//! One type per kind holds what libvirt reads from that kind (`domain_conf.c:
//! virDomainDeviceAddressParseXML`, `device_conf.c`, `domain_addr.c`), parsed and in range. Whether
//! the parent exists, and whether the place on it may be used, is not checked here.

mod ccw;
mod drive;
mod number;
mod other;
mod pci;
mod typed;
mod usb;

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

pub use ccw::CcwAddress;
pub use drive::DriveAddress;
pub use number::{Base, NumberError, parse_u32, parse_u64};
pub use other::{
    CcidAddress, DimmAddress, IsaAddress, SpaprVioAddress, UnknownAddress, VirtioSerialAddress,
};
pub use pci::{Function, ParsePciError, Pci, PciAddress, Slot, Zpci};
pub use typed::TypedError;
pub use usb::{PortPath, PortPathError, Usb};

use crate::text::{Span, Spanned};

/// The value of an `<address>` element.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Address {
    /// With the attribute `type='pci'`.
    Pci(Pci),
    /// With the attribute `type='drive'`.
    Drive(DriveAddress),
    /// With the attribute `type='usb'`.
    Usb(Usb),
    /// With the attribute `type='virtio-serial'`.
    VirtioSerial(VirtioSerialAddress),
    /// With the attribute `type='ccid'`.
    Ccid(CcidAddress),
    /// With the attribute `type='spapr-vio'`.
    SpaprVio(SpaprVioAddress),
    /// `type='ccw'`; `None` while the number is still to be chosen.
    Ccw(Option<CcwAddress>),
    /// With the attribute `type='isa'`.
    Isa(IsaAddress),
    /// With the attribute `type='dimm'`.
    Dimm(DimmAddress),
    /// `type='virtio-mmio'`: QEMU picks one of the machine's transports in order.
    VirtioMmio,
    /// `type='virtio-s390'`: the transport before ccw; libvirt no longer accepts it.
    VirtioS390,
    /// `type='mdev'`: seen on the source side only; libvirt refuses it as a guest address.
    Mdev,
    /// `type='unassigned'`: a host device that is detached from the host but not given to the
    /// guest.
    Unassigned,
    /// An address of unknown type, kept as it is.
    Unknown(UnknownAddress),
}

/// The kinds of address, by the word in `type=`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
#[expect(missing_docs, reason = "the variants of `Address` say what each is")]
pub enum AddressKind {
    Pci,
    Drive,
    Usb,
    VirtioSerial,
    Ccid,
    SpaprVio,
    Ccw,
    Isa,
    Dimm,
    VirtioMmio,
    VirtioS390,
    Mdev,
    Unassigned,
    #[strum(serialize = "")]
    Unknown,
}

impl AddressKind {
    /// The kind with this value of `type=`; `Unknown` for any other (case matters).
    pub fn from_name(word: &str) -> Self {
        word.parse().unwrap_or(Self::Unknown)
    }

    /// The value of `type=`; empty for `Unknown`.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The values of `type=` of all kinds but `Unknown`.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::VARIANTS.iter().copied().filter(|word| !word.is_empty())
    }

    /// The attributes libvirt reads from this kind, besides `type` (and 2009's `mode`).
    ///
    /// Source: `device_conf.c` and `domain_conf.c: virDomainDeviceAddressParseXML`; `dev` of `usb`
    /// is 2009's.
    pub fn attributes(self) -> &'static [&'static str] {
        match self {
            Self::Pci => &["domain", "bus", "slot", "function", "multifunction"],
            Self::Drive => &["controller", "bus", "target", "unit"],
            Self::Usb => &["bus", "port", "dev"],
            Self::VirtioSerial => &["controller", "bus", "port"],
            Self::Ccid => &["controller", "slot"],
            Self::SpaprVio => &["reg"],
            Self::Ccw => &["cssid", "ssid", "devno"],
            Self::Isa => &["iobase", "irq"],
            Self::Dimm => &["slot", "base"],
            Self::VirtioMmio | Self::VirtioS390 | Self::Unassigned | Self::Unknown => &[],
            Self::Mdev => &["uuid"],
        }
    }
}

impl Address {
    /// The kind of the address.
    pub fn kind(&self) -> AddressKind {
        match self {
            Self::Pci(_) => AddressKind::Pci,
            Self::Drive(_) => AddressKind::Drive,
            Self::Usb(_) => AddressKind::Usb,
            Self::VirtioSerial(_) => AddressKind::VirtioSerial,
            Self::Ccid(_) => AddressKind::Ccid,
            Self::SpaprVio(_) => AddressKind::SpaprVio,
            Self::Ccw(_) => AddressKind::Ccw,
            Self::Isa(_) => AddressKind::Isa,
            Self::Dimm(_) => AddressKind::Dimm,
            Self::VirtioMmio => AddressKind::VirtioMmio,
            Self::VirtioS390 => AddressKind::VirtioS390,
            Self::Mdev => AddressKind::Mdev,
            Self::Unassigned => AddressKind::Unassigned,
            Self::Unknown(_) => AddressKind::Unknown,
        }
    }

    /// The PCI address, when it is one and chosen.
    pub fn pci(&self) -> Option<PciAddress> {
        match self {
            Self::Pci(pci) => pci.at,
            _ => None,
        }
    }

    /// The drive address, when it is one.
    pub fn drive(&self) -> Option<DriveAddress> {
        match self {
            Self::Drive(drive) => Some(*drive),
            _ => None,
        }
    }

    /// Whether it names a place. `<address type='pci'/>` or a USB bus without a port does not:
    /// libvirt still chooses there.
    pub fn is_complete(&self) -> bool {
        match self {
            Self::Pci(pci) => pci.at.is_some(),
            Self::Usb(usb) => usb.port.is_some() || usb.dev.is_some(),
            Self::VirtioSerial(serial) => serial.port != 0,
            Self::SpaprVio(vio) => vio.reg.is_some(),
            Self::Ccw(ccw) => ccw.is_some(),
            _ => true,
        }
    }

    /// Whether it names a place and is read as it is written. Slot 0 of PCI bus 0 reads as none
    /// (`device_conf.h: virPCIDeviceAddressIsEmpty`).
    pub fn can_be_written(&self) -> bool {
        let is_empty = |at: PciAddress| at.domain == 0 && at.bus.0 == 0 && at.slot.get() == 0;
        self.is_complete() && !self.pci().is_some_and(is_empty)
    }

    /// The attributes of the element as libvirt writes them, `type` first.
    ///
    /// Source: `domain_conf.c: virDomainDeviceInfoFormat`. The `<zpci>` child is not an attribute;
    /// see [`Zpci`].
    pub fn attributes(&self) -> Vec<(&str, String)> {
        let word = match self {
            Self::Unknown(unknown) => unknown.kind.as_ref(),
            known => known.kind().as_str(),
        };
        let mut out = vec![("type", word.to_owned())];
        match self {
            Self::Pci(pci) => pci.push_attributes(&mut out),
            Self::Drive(drive) => drive.push_attributes(&mut out),
            Self::Usb(usb) => usb.push_attributes(&mut out),
            Self::VirtioSerial(serial) => serial.push_attributes(&mut out),
            Self::Ccid(ccid) => ccid.push_attributes(&mut out),
            Self::SpaprVio(vio) => vio.push_attributes(&mut out),
            Self::Ccw(Some(ccw)) => ccw.push_attributes(&mut out),
            Self::Isa(isa) => isa.push_attributes(&mut out),
            Self::Dimm(dimm) => dimm.push_attributes(&mut out),
            Self::Unknown(unknown) => out.extend(
                unknown.attributes.iter().map(|(name, value)| (name.as_ref(), value.to_string())),
            ),
            Self::Ccw(None)
            | Self::VirtioMmio
            | Self::VirtioS390
            | Self::Mdev
            | Self::Unassigned => {}
        }
        out
    }

    /// The place without the kind: `0000:00:04.0`, `0:0:0:3`; empty when there is none to name.
    pub fn place(&self) -> String {
        match self {
            Self::Pci(pci) => pci.at.map(|at| at.to_string()).unwrap_or_default(),
            Self::Drive(drive) => drive.to_string(),
            Self::Usb(usb) => usb.to_string(),
            Self::VirtioSerial(serial) => serial.to_string(),
            Self::Ccid(ccid) => ccid.to_string(),
            Self::SpaprVio(vio) => vio.to_string(),
            Self::Ccw(ccw) => ccw.map(|ccw| ccw.to_string()).unwrap_or_default(),
            Self::Isa(isa) => isa.to_string(),
            Self::Dimm(dimm) => dimm.to_string(),
            Self::Unknown(unknown) => unknown.to_string(),
            Self::VirtioMmio | Self::VirtioS390 | Self::Mdev | Self::Unassigned => String::new(),
        }
    }
}

/// `pci 0000:00:04.0`, `drive 0:0:0:3`, `unassigned`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::Unknown(unknown) => unknown.kind.as_ref(),
            known => known.kind().as_str(),
        };
        let place = self.place();
        if place.is_empty() { f.write_str(word) } else { write!(f, "{word} {place}") }
    }
}

/// 2009's `mode=` on an `<address>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressMode {
    /// `mode='static'`: a person fixed it.
    Static,
    /// `mode='dynamic'`: libvirt or QEMU picked it at start.
    Dynamic,
}

/// The source of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The XML has it.
    Written,
    /// Our allocator chose it as libvirt would.
    Assigned,
    /// A running guest reported it.
    Detected,
}

impl Origin {
    /// `written`, `assigned` or `detected`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Assigned => "assigned",
            Self::Detected => "detected",
        }
    }
}

/// Whether an address is fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Placement {
    /// A person fixed it.
    Static,
    /// Chosen by libvirt, QEMU or our allocator; it may be another the next time.
    Dynamic,
    /// There is none.
    Unplaced,
}

impl Placement {
    /// `static`, `dynamic` or `unplaced`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Dynamic => "dynamic",
            Self::Unplaced => "unplaced",
        }
    }
}

/// The address of one device with its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAddress {
    /// The parsed address; `None` if the element exists and libvirt would refuse to read it.
    pub value: Option<Address>,
    /// The source of the address.
    pub origin: Origin,
    /// The attribute `mode=` of 2009.
    pub mode: Option<AddressMode>,
    /// The `<address>` element in the text; `None` unless it is written.
    pub span: Option<Span>,
    /// Attributes that libvirt would ignore without a message, such as a misspelt `solt=`.
    pub ignored: Vec<Spanned<super::Text>>,
}

impl DeviceAddress {
    /// An address our allocator chose.
    pub fn assigned(value: Address) -> Self {
        Self {
            value: Some(value),
            origin: Origin::Assigned,
            mode: None,
            span: None,
            ignored: Vec::new(),
        }
    }

    /// Whether the address is fixed, see [`Placement`].
    pub fn placement(&self) -> Placement {
        match (&self.value, self.origin, self.mode) {
            (Some(value), ..) if !value.is_complete() => Placement::Unplaced,
            (Some(_), Origin::Written, None | Some(AddressMode::Static)) => Placement::Static,
            (Some(_), ..) => Placement::Dynamic,
            (None, ..) => Placement::Unplaced,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_word() {
        for word in AddressKind::names() {
            assert_eq!(AddressKind::from_name(word).as_str(), word);
        }
        let words: Vec<&str> = AddressKind::names().collect();
        assert_eq!(
            words.join(" "),
            "pci drive usb virtio-serial ccid spapr-vio ccw isa dimm virtio-mmio virtio-s390 mdev \
             unassigned"
        );
        for unknown in ["PCI", "unknown", ""] {
            assert_eq!(AddressKind::from_name(unknown), AddressKind::Unknown, "{unknown}");
        }
        assert_eq!(AddressKind::Unknown.as_str(), "");
    }

    #[test]
    fn the_first_slot_of_all_is_none() {
        for (at, want) in [((0, 0, 1), false), ((0, 1, 0), true), ((1, 0, 0), true)] {
            let at = PciAddress::new(at.0, at.1, at.2).unwrap();
            assert_eq!(Address::Pci(Pci::at(at)).can_be_written(), want, "{at}");
        }
        assert!(!Address::Pci(Pci::default()).can_be_written());
    }

    #[test]
    fn a_written_address_is_static_unless_its_mode_says_dynamic() {
        let address = |value, origin, mode| DeviceAddress {
            value,
            origin,
            mode,
            span: None,
            ignored: Vec::new(),
        };
        let drive = Some(Address::Drive(DriveAddress::default()));
        let cases = [
            (address(drive.clone(), Origin::Written, None), Placement::Static),
            (address(drive.clone(), Origin::Written, Some(AddressMode::Static)), Placement::Static),
            (
                address(drive.clone(), Origin::Written, Some(AddressMode::Dynamic)),
                Placement::Dynamic,
            ),
            (address(drive, Origin::Assigned, None), Placement::Dynamic),
            (address(None, Origin::Written, None), Placement::Unplaced),
            (
                address(Some(Address::Pci(Pci::default())), Origin::Written, None),
                Placement::Unplaced,
            ),
        ];
        for (address, want) in cases {
            assert_eq!(address.placement(), want, "{address:?}");
        }
    }
}
