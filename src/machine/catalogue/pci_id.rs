//! PCI vendor and device ids.

use std::fmt;

/// A PCI vendor and device id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PciId {
    /// Vendor, as given out by the PCI-SIG.
    pub vendor: u16,
    /// Device, as numbered by the vendor.
    pub device: u16,
}

/// Formats like `8086:7113`.
impl fmt::Display for PciId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:04x}", self.vendor, self.device)
    }
}

/// Red Hat's vendor id, which all virtio devices have.
const VIRTIO_VENDOR: u16 = 0x1af4;

/// The ids of one model.
///
/// A virtio device without a suffix in its model is *transitional* on a conventional bus and
/// directly on pcie.0, and *modern* behind a port (QEMU `hw/virtio/virtio-pci.c`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ids {
    /// Not a PCI function, or one with the ids of a host device.
    None,
    /// Vendor and device, the same everywhere.
    Fixed(u16, u16),
    /// Device ids of a virtio device: transitional and modern.
    Virtio(u16, u16),
    /// Device id of a virtio device without a transitional form.
    Modern(u16),
}

/// The forms of a virtio device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// By the place: transitional on a conventional bus, modern behind a port.
    ByPlace,
    /// Always transitional: `-transitional`.
    Transitional,
    /// Always modern: `-non-transitional`.
    Modern,
}

/// Suffixes of libvirt's models and QEMU's devices, and the forms they mean.
const SUFFIXES: [(&str, Form); 2] =
    [("-non-transitional", Form::Modern), ("-transitional", Form::Transitional)];

impl Form {
    /// The form that the suffix of a model or driver means, and the name without it.
    pub fn split(name: &str) -> (&str, Self) {
        let with = |(suffix, form): &(&str, Self)| {
            let (base, end) = name.split_at_checked(name.len().checked_sub(suffix.len())?)?;
            end.eq_ignore_ascii_case(suffix).then_some((base, *form))
        };
        SUFFIXES.iter().find_map(with).unwrap_or((name, Self::ByPlace))
    }

    /// The suffix of a model or driver in this form; empty when the place decides.
    pub fn suffix(self) -> &'static str {
        SUFFIXES.iter().find(|row| row.1 == self).map_or("", |row| row.0)
    }
}

impl Ids {
    /// The id of a device in this form, behind a root or downstream port or elsewhere.
    pub fn id(self, form: Form, behind_port: bool) -> Option<PciId> {
        let id = |vendor, device| PciId { vendor, device };
        Some(match self {
            Self::None => return None,
            Self::Fixed(vendor, device) => id(vendor, device),
            Self::Modern(device) => id(VIRTIO_VENDOR, device),
            Self::Virtio(transitional, modern) => {
                let modern_here = form == Form::Modern || form == Form::ByPlace && behind_port;
                id(VIRTIO_VENDOR, if modern_here { modern } else { transitional })
            }
        })
    }

    /// Whether a device of the model can have this id.
    pub fn has(self, id: PciId) -> bool {
        [false, true].iter().any(|behind| self.id(Form::ByPlace, *behind) == Some(id))
    }

    /// Whether the model is a virtio device.
    pub fn is_virtio(self) -> bool {
        matches!(self, Self::Virtio(..) | Self::Modern(_))
    }
}
