//! USB addresses: a bus and the ports on the way down, or 2009's bus and device number.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::number::{Base, parse_u32};
use crate::model::ControllerIndex;

/// The ports on the way from a USB controller to a device: `1.3.2` is port 2 of the hub on
/// port 3 of the hub on port 1. At most [`PortPath::DEPTH`] parts.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct PortPath {
    ports: [u32; Self::DEPTH],
    depth: u8,
}

impl PortPath {
    /// The most parts that libvirt accepts (`domain_conf.h: VIR_DOMAIN_DEVICE_USB_MAX_PORT_DEPTH`).
    pub const DEPTH: usize = 4;

    /// The path with these parts, outermost first; `None` when there are none, more than four,
    /// or a 0 that is not the last (libvirt ends a path there).
    pub fn new(parts: &[u32]) -> Option<Self> {
        if parts.is_empty() || parts.len() > Self::DEPTH {
            return None;
        }
        let mut path = Self::default();
        for (port, part) in path.ports.iter_mut().zip(parts) {
            *port = *part;
        }
        // A part that is 0 ends the path (`domain_addr.c: virDomainUSBAddressPortIsValid`).
        let depth = path.ports.iter().take_while(|port| **port != 0).count();
        if path.ports.iter().skip(depth).any(|port| *port != 0) {
            return None;
        }
        path.depth = u8::try_from(depth).ok()?;
        (depth > 0).then_some(path)
    }

    /// The parts, outermost first; never empty, each at least 1.
    pub fn parts(&self) -> &[u32] {
        self.ports.get(..usize::from(self.depth)).unwrap_or_default()
    }

    /// The path of the hub it is behind; `None` for a port of the controller itself.
    pub fn hub(&self) -> Option<Self> {
        let (_, above) = self.parts().split_last()?;
        Self::new(above)
    }

    /// Its port on that hub or controller, from 1.
    pub fn last(&self) -> u32 {
        self.parts().last().copied().unwrap_or_default()
    }

    /// The path of port `port` (from 1) of a hub that is itself at this path; `None` below the
    /// fourth level.
    pub fn below(&self, port: u32) -> Option<Self> {
        let mut parts = self.parts().to_vec();
        parts.push(port);
        Self::new(&parts)
    }
}

impl TryFrom<String> for PortPath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map_err(|_| format!("{text:?} is not a path of USB ports"))
    }
}

impl From<PortPath> for String {
    fn from(path: PortPath) -> Self {
        path.to_string()
    }
}

impl fmt::Display for PortPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, port) in self.parts().iter().enumerate() {
            if nth > 0 {
                f.write_str(".")?;
            }
            write!(f, "{port}")?;
        }
        Ok(())
    }
}

/// Why a text is not a port path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortPathError {
    /// Not one to four decimal numbers with dots between them: libvirt cannot parse the attribute
    /// `port`.
    Malformed,
    /// Only zeros: the port is to be chosen.
    Choose,
}

impl FromStr for PortPath {
    type Err = PortPathError;

    /// Parses as `domain_conf.c: virDomainDeviceUSBAddressParseXML`: `0` alone leaves the choice to
    /// libvirt, and parts after a 0 are ignored.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = Vec::new();
        for part in text.split('.') {
            if parts.len() == Self::DEPTH {
                return Err(PortPathError::Malformed);
            }
            parts.push(parse_u32(part, Base::Ten).map_err(|_| PortPathError::Malformed)?);
        }
        let depth = parts.iter().take_while(|port| **port != 0).count();
        parts.truncate(depth);
        Self::new(&parts).ok_or(PortPathError::Choose)
    }
}

/// The attributes of `<address type='usb'>`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Usb {
    /// Index of the USB controller.
    pub bus: ControllerIndex,
    /// Ports below it; `None` while the port is to be chosen.
    pub port: Option<PortPath>,
    /// 2009's device number on the bus, 1..=127, as the guest counted it at that time.
    pub dev: Option<u32>,
}

impl Usb {
    pub(super) fn push_attributes(&self, out: &mut Vec<(&str, String)>) {
        out.push(("bus", self.bus.to_string()));
        if let Some(dev) = self.dev {
            out.push(("dev", dev.to_string()));
        }
        if let Some(port) = self.port {
            out.push(("port", port.to_string()));
        }
    }
}

/// `0:1.2` (bus and port) or `0 dev 2` (2009).
impl fmt::Display for Usb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.bus)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        if let Some(dev) = self.dev {
            write!(f, " dev {dev}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_paths_are_read_as_libvirt_reads_them() {
        use PortPathError::{Choose, Malformed};
        let cases = [
            ("1", Ok("1")),
            ("01", Ok("1")),
            ("1.2.3.4", Ok("1.2.3.4")),
            ("1.0", Ok("1")),
            ("0", Err(Choose)),
            ("1.", Err(Malformed)),
            ("1..2", Err(Malformed)),
            ("0x1", Err(Malformed)),
            ("", Err(Malformed)),
            ("1.2.3.4.5", Err(Malformed)),
        ];
        for (text, want) in cases {
            let got = text.parse::<PortPath>().map(|path| path.to_string());
            assert_eq!(got.as_deref().map_err(|err| *err), want, "{text:?}");
        }
    }

    #[test]
    fn a_path_knows_its_hub_and_the_ports_below() {
        let path: PortPath = "1.3".parse().unwrap();
        assert_eq!(path.hub(), PortPath::new(&[1]));
        assert_eq!(path.last(), 3);
        assert_eq!(path.below(2).unwrap().to_string(), "1.3.2");
        assert_eq!("1.1.1.1".parse::<PortPath>().unwrap().below(1), None);
        assert_eq!("4".parse::<PortPath>().unwrap().hub(), None);
    }
}
