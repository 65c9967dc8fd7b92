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
    /// A PCI address: `pci:00:04.0`.
    Pci(PciAddress),
    /// `drive:0:0:0:3`, `usb:0:1.2`, ...: the kind and place as they are shown.
    Place(String),
    /// `vda`, `vnet1`, `net0`, `ua-boot`, `52:54:00:1c:dc:98`
    Name(String),
}

/// A name that matches no device, or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorError {
    name: String,
    found: Vec<DeviceKey>,
    close: Option<String>,
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        if self.found.is_empty() {
            write!(f, "no device called '{name}'")?;
            if let Some(close) = &self.close {
                write!(f, "; did you mean '{close}'?")?;
            }
            f.write_str(
                " Use an alias, target (vda), MAC, PCI address (00:04.0) or class:number \
                 (interface:0)",
            )
        } else {
            write!(f, "'{name}' is ambiguous, it names {} devices:", self.found.len())?;
            for key in &self.found {
                write!(f, " {key}")?;
            }
            Ok(())
        }
    }
}

impl std::error::Error for SelectorError {}

impl FromStr for Selector {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some((class, rest)) = text.split_once(':') {
            if let (Some(class), Ok(nth)) = (DeviceClass::from_name(class), rest.parse()) {
                return Ok(Self::Key(DeviceKey::new(class, nth)));
            }
            if let ("pci", Ok(at)) = (class, rest.parse()) {
                return Ok(Self::Pci(at));
            }
            if !super::AddressKind::from_name(class).as_str().is_empty() {
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
    pub fn find<'d>(&self, domain: &'d Domain) -> Result<&'d Device, SelectorError> {
        let found: Vec<_> = domain.devices.iter().filter(|device| self.matches(device)).collect();
        match found.as_slice() {
            [device] => Ok(device),
            _ => Err(SelectorError {
                name: self.to_string(),
                found: found.iter().map(|device| device.key()).collect(),
                close: self.closest(domain),
            }),
        }
    }

    /// A name that still finds the device after edits: its own name or alias if that is unique and
    /// needs no quoting in a shell, else class and number.
    pub fn of(domain: &Domain, key: DeviceKey) -> Self {
        let mut names: Vec<&str> = domain.device(key).into_iter().flat_map(Device::names).collect();
        // A name that a user chose comes before the alias.
        if domain.device(key).is_some_and(|device| device.alias.is_some()) {
            names.rotate_left(1);
        }
        let is_good = |name: &str| {
            let Ok(selector) = name.parse::<Self>();
            matches!(selector, Self::Name(_))
                && is_plain(name)
                && DeviceClass::from_name(name).is_none()
                && domain.devices.iter().filter(|device| selector.matches(device)).count() == 1
        };
        let name = names.into_iter().find(|name| is_good(name));
        name.map_or(Self::Key(key), |name| Self::Name(name.to_owned()))
    }

    /// Whether the selector matches `device`.
    pub fn matches(&self, device: &Device) -> bool {
        match self {
            Self::Key(key) => device.key() == *key,
            Self::Pci(at) => device.pci() == Some(*at),
            Self::Place(place) => device.address().is_some_and(|value| value.to_string() == *place),
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

/// Whether a shell and an argument parser take the name without quotes.
fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':' | '+');
    !name.is_empty() && !name.starts_with('-') && name.chars().all(plain)
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
            Kind::Parallel(chardev)
            | Kind::Serial(chardev)
            | Kind::Console(chardev)
            | Kind::Channel(chardev) => [chardev.target_name.as_ref(), None],
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
    fn a_device_is_named_by_what_nobody_else_is_called() {
        let disk = |nth, target: &str, alias: Option<&str>| {
            let disk = super::super::Disk { target: Some(target.into()), ..Default::default() };
            let mut device = Device::implied(nth, Kind::Disk(disk));
            device.alias = alias.map(Into::into);
            device
        };
        let devices = vec![
            disk(0, "vda", Some("virtio-disk0")),
            disk(1, "sda", Some("twice")),
            disk(2, "sda", Some("ua-two")),
            disk(3, "a b", Some("twice")),
            disk(4, "disk", None),
            disk(5, "pci:0:1", None),
            disk(6, "--write", None),
        ];
        let domain = crate::model::Domain {
            name: "".into(),
            hypervisor: None,
            arch: crate::model::Arch::X86_64,
            arch_name: "x86_64".into(),
            machine: None,
            dialect: crate::model::Dialect::Current,
            libvirt: crate::model::Version::NEWEST_LIBVIRT,
            features: crate::model::Features::default(),
            devices,
        };
        let names = domain.devices.iter().map(|device| Selector::of(&domain, device.key()));
        let names: Vec<_> = names.map(|name| name.to_string()).collect();
        assert_eq!(names, ["vda", "disk:1", "ua-two", "disk:3", "disk:4", "disk:5", "disk:6"]);
        for (name, device) in names.iter().zip(&domain.devices) {
            let Ok(selector) = name.parse::<Selector>();
            assert_eq!(selector.find(&domain).unwrap().key(), device.key(), "{name}");
        }
    }

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
