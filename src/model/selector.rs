//! The names a device answers to on the command line.

use std::fmt;
use std::str::FromStr;

use super::address::PciAddress;
use super::{Device, DeviceClass, DeviceKey, Domain, Kind};

/// Names one device: its alias, target, MAC, address, or class and number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// `interface:2`, counted from 0 in document order, as libvirt numbers its own aliases.
    Key(DeviceKey),
    /// `pci:00:04.0`
    Pci(PciAddress),
    /// `drive:0:0:0:3`, `usb:0:1.2`, ...: the kind and place as they are shown.
    Place(String),
    /// `vda`, `vnet1`, `net0`, `ua-boot`, `52:54:00:1c:dc:98`
    Name(String),
}

/// No device, or more than one, answers to a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFound {
    name: String,
    found: Vec<DeviceKey>,
    close: Option<String>,
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        if self.found.is_empty() {
            write!(f, "no device answers to '{name}'")?;
            if let Some(close) = &self.close {
                write!(f, "; did you mean '{close}'?")?;
            }
            f.write_str(
                " A device is named by its alias, target, MAC, address (pci:00:04.0) or class:number \
                 (interface:0)",
            )
        } else {
            write!(f, "{} devices answer to '{name}':", self.found.len())?;
            for key in &self.found {
                write!(f, " {key}")?;
            }
            Ok(())
        }
    }
}

impl std::error::Error for NotFound {}

impl FromStr for Selector {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some((class, rest)) = text.split_once(':') {
            if let (Some(class), Ok(nth)) = (DeviceClass::from_word(class), rest.parse()) {
                return Ok(Self::Key(DeviceKey::new(class, nth)));
            }
            if let ("pci", Ok(at)) = (class, rest.parse()) {
                return Ok(Self::Pci(at));
            }
            if !super::AddressKind::from_word(class).word().is_empty() {
                return Ok(Self::Place(format!("{class} {rest}")));
            }
        }
        Ok(Self::Name(text.to_owned()))
    }
}

impl Selector {
    /// The one device it names.
    ///
    /// # Errors
    /// When none or several answer to it.
    pub fn find<'d>(&self, domain: &'d Domain) -> Result<&'d Device, NotFound> {
        let found: Vec<_> = domain.devices.iter().filter(|device| self.matches(device)).collect();
        match found.as_slice() {
            [device] => Ok(device),
            _ => Err(NotFound {
                name: self.to_string(),
                found: found.iter().map(|device| device.key).collect(),
                close: self.closest(domain),
            }),
        }
    }

    /// Whether `device` answers to it.
    pub fn matches(&self, device: &Device) -> bool {
        match self {
            Self::Key(key) => device.key == *key,
            Self::Pci(at) => device.pci() == Some(*at),
            Self::Place(place) => device.value().is_some_and(|value| value.to_string() == *place),
            Self::Name(name) => device.names().any(|own| own.eq_ignore_ascii_case(name)),
        }
    }

    /// A name of some device that differs in at most a third of its letters.
    fn closest(&self, domain: &Domain) -> Option<String> {
        let name = self.to_string();
        let far = name.chars().count() / 3 + 1;
        let names = domain.devices.iter().flat_map(Device::names);
        let near =
            names.map(|own| (strsim::levenshtein(&name, own), own)).filter(|(d, _)| *d <= far);
        near.min_by_key(|(distance, _)| *distance).map(|(_, own)| own.to_owned())
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => key.fmt(f),
            Self::Pci(at) => write!(f, "pci:{at}"),
            Self::Place(place) => f.write_str(&place.replacen(' ', ":", 1)),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl Device {
    /// The names a person may call it by: alias, target, host name, MAC, id of a `-device`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let own: [Option<&super::Text>; 2] = match &self.kind {
            Kind::Disk(disk) => [disk.target.as_ref(), None],
            Kind::Interface(interface) => [interface.mac.as_ref(), interface.target.as_ref()],
            Kind::Filesystem(filesystem) => [filesystem.target.as_ref(), None],
            Kind::Chardev(chardev) => [chardev.target_name.as_ref(), None],
            Kind::Qemu(qemu) => [qemu.id.as_ref(), None],
            _ => [None, None],
        };
        self.alias.iter().chain(own.into_iter().flatten()).map(AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_is_read_by_its_form() {
        let cases = [
            ("interface:2", Selector::Key(DeviceKey::new(DeviceClass::Interface, 2))),
            ("pci:00:04.0", Selector::Pci(PciAddress::new(0, 4, 0).unwrap())),
            ("drive:0:0:0:3", Selector::Place("drive 0:0:0:3".to_owned())),
            ("52:54:00:1c:dc:98", Selector::Name("52:54:00:1c:dc:98".to_owned())),
            ("vda", Selector::Name("vda".to_owned())),
        ];
        for (text, want) in cases {
            let selector: Selector = text.parse().unwrap();
            assert_eq!(selector, want);
        }
    }
}
