//! A request for a device in text: the arguments of a command line, or a line typed on the screen.

use serde_json::{Map, Value};
use strum::{EnumString, VariantNames};
use thiserror::Error;

use super::free_places::At;
use super::plug::{Backing, NewDevice};
use crate::detect::Matching;
use crate::live::{Facts, LiveBusKind, LiveBusNo, QdevAddress};
use crate::model::address::{Function, PciAddress, Slot};
use crate::model::{ControllerIndex, ControllerKind};
use crate::topology::BusId;

/// The kind of the requested device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum RequestKind {
    /// A disk on a SCSI controller that is there.
    ScsiDisk,
    /// A virtio disk, a PCI device.
    VirtioDisk,
    /// A network card.
    Nic,
    /// A USB device.
    Usb,
    /// A PCI controller, or another PCI device without a backend.
    Controller,
}

impl RequestKind {
    /// The kind with this name.
    pub fn from_name(word: &str) -> Option<Self> {
        word.parse().ok()
    }
}

/// A requested device, as far as it is described.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceRequest {
    /// The kind of device.
    pub kind: Option<RequestKind>,
    /// The image of a disk or USB stick.
    pub file: Option<String>,
    /// The image's format; `raw` without.
    pub format: Option<String>,
    /// Whether the guest may only read the image.
    pub read_only: bool,
    /// Attach a CD drive instead of a disk.
    pub cdrom: bool,
    /// The serial number that the guest reads.
    pub serial: Option<String>,
    /// The model in QEMU.
    pub model: Option<String>,
    /// MAC address of a NIC.
    pub mac: Option<String>,
    /// The backend of a NIC, as QEMU's `-netdev` without id; `user` without.
    pub netdev: Option<String>,
    /// `NAME=VALUE`, separated by commas.
    pub properties: String,
    /// The requested place; see [`Matching::requested_place`].
    pub at: Option<String>,
    /// The requested id.
    pub id: Option<String>,
}

/// The reason why a line is no request.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RequestError {
    /// The line does not begin with a kind.
    #[error("give the kind of device to attach: {}", RequestKind::VARIANTS.join(", "))]
    NoKind,
    /// No argument of a request has this name.
    #[error(
        "'{0}' is unknown; use file=, format=, serial=, model=, mac=, netdev=, at=, id=, cdrom, \
         readonly, or properties of a controller"
    )]
    UnknownWord(String),
    /// A disk needs an image.
    #[error("no image is given")]
    NoImage,
    /// The image's path does not begin at the root.
    #[error("'{0}' is relative to QEMU's working directory; write an absolute path")]
    Relative(String),
    /// A controller needs a model.
    #[error("no model is given, such as virtio-scsi-pci")]
    NoModel,
    /// A quotation mark is left open.
    #[error("a quotation mark is not closed")]
    OpenQuote,
}

impl DeviceRequest {
    /// Parses a request in one line: a kind, then `name=value` in any order, with quotation marks
    /// around values that contain blanks: `scsi-disk file='/my images/x.qcow2' format=qcow2
    /// at=drive:0:0:0:3`.
    ///
    /// # Errors
    /// The part that is no request.
    pub fn parse(line: &str) -> Result<Self, RequestError> {
        let words = words(line)?;
        let mut words = words.iter();
        let kind = words.next().and_then(|word| RequestKind::from_name(word));
        let mut request = Self { kind: Some(kind.ok_or(RequestError::NoKind)?), ..Self::default() };
        for word in words {
            request.add(word)?;
        }
        Ok(request)
    }

    fn add(&mut self, word: &str) -> Result<(), RequestError> {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, value.to_owned()),
            None if word == "cdrom" => {
                self.cdrom = true;
                return Ok(());
            }
            None if word == "readonly" => {
                self.read_only = true;
                return Ok(());
            }
            None => return Err(RequestError::UnknownWord(word.to_owned())),
        };
        let slot = match name {
            "file" => &mut self.file,
            "format" => &mut self.format,
            "serial" => &mut self.serial,
            "model" => &mut self.model,
            "mac" => &mut self.mac,
            "netdev" => &mut self.netdev,
            "at" => &mut self.at,
            "id" => &mut self.id,
            // Anything else is for the model to judge, where a model can be chosen freely.
            _ if self.kind == Some(RequestKind::Controller) => {
                if !self.properties.is_empty() {
                    self.properties.push(',');
                }
                self.properties.push_str(word);
                return Ok(());
            }
            _ => return Err(RequestError::UnknownWord(word.to_owned())),
        };
        *slot = Some(value);
        Ok(())
    }

    /// The requested device.
    ///
    /// # Errors
    /// The missing argument.
    pub fn device(&self) -> Result<NewDevice, RequestError> {
        let image = self.file.as_deref().filter(|file| !file.is_empty());
        if let Some(file) = image.filter(|file| !file.starts_with('/')) {
            return Err(RequestError::Relative(file.to_owned()));
        }
        let backing = image.map(|file| Backing {
            file: file.to_owned(),
            format: self.format.clone().unwrap_or_else(|| "raw".to_owned()),
            read_only: self.read_only || self.cdrom,
        });
        let needed = || backing.clone().ok_or(RequestError::NoImage);
        let model = |default: &str| self.model.clone().unwrap_or_else(|| default.to_owned());
        let serial = self.serial.clone();
        Ok(match self.kind.ok_or(RequestError::NoKind)? {
            RequestKind::ScsiDisk => {
                NewDevice::ScsiDisk { backing: needed()?, cd: self.cdrom, serial }
            }
            RequestKind::VirtioDisk => NewDevice::VirtioDisk { backing: needed()?, serial },
            RequestKind::Nic => NewDevice::Nic {
                driver: model("virtio-net-pci"),
                mac: self.mac.clone(),
                netdev: options(self.netdev.as_deref().unwrap_or("user")),
            },
            RequestKind::Usb => {
                let default = if backing.is_some() { "usb-storage" } else { "usb-tablet" };
                NewDevice::Usb { driver: model(default), backing }
            }
            RequestKind::Controller => {
                let driver = self.model.clone().filter(|model| !model.is_empty());
                let mut properties = options(&self.properties);
                properties.remove("type");
                NewDevice::Controller { driver: driver.ok_or(RequestError::NoModel)?, properties }
            }
        })
    }
}

/// Splits a line at blanks; quotation marks keep blanks.
fn words(line: &str) -> Result<Vec<String>, RequestError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in line.chars() {
        match (letter, quote) {
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (letter, Some(open)) if letter == open => quote = None,
            (letter, None) if letter.is_whitespace() => words.extend(word.take()),
            (letter, _) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    if quote.is_some() { Err(RequestError::OpenQuote) } else { Ok(words) }
}

/// Converts `user,hostfwd=...` to QMP arguments; numbers and switches get their types.
fn options(text: &str) -> Map<String, Value> {
    let mut map = Map::new();
    for (nth, part) in text.split(',').filter(|part| !part.is_empty()).enumerate() {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (name, value),
            None if nth == 0 => ("type", part),
            None => (part, "on"),
        };
        let value = match value {
            "on" | "true" => Value::Bool(true),
            "off" | "false" => Value::Bool(false),
            text => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
        };
        map.insert(name.to_owned(), value);
    }
    map
}

impl Matching {
    /// The place `text` names for a device that goes to a bus of this kind: by libvirt's indexes
    /// (`pci:00:10.0`, `drive:0:0:0:3`, `usb:0:1.2`), or by QEMU's name of a bus (`pci.0/10.0`,
    /// `scsi0.0/0:3:0`, `usb.0/1`, a bus alone).
    pub fn requested_place(&self, facts: &Facts, text: &str, kind: LiveBusKind) -> Option<At> {
        let named = |name: &str| {
            let bus = facts.numbered_buses().find(|(_, bus)| bus.name.as_deref() == Some(name));
            bus.map(|(no, _)| no)
        };
        if let Some(bus) = named(text) {
            return Some(At::Bus(bus));
        }
        if let Some((bus, place)) = text.rsplit_once('/') {
            let bus = named(bus)?;
            return Some(At::Place(bus, address(facts, bus, place)?));
        }
        if !matches!(kind, LiveBusKind::Pci | LiveBusKind::Scsi | LiveBusKind::Usb) {
            return None;
        }
        let behind = |id| self.buses.iter().find(|(own, _)| *own == id).map(|(_, bus)| *bus);
        let index = |text: &str| text.parse().ok().map(ControllerIndex);
        let (word, place) = text.split_once(':')?;
        match word {
            "pci" => {
                let at: PciAddress = place.parse().ok()?;
                let bus = behind(BusId::Pci(at.bus))?;
                Some(At::Place(bus, QdevAddress::Pci(at.slot, at.function)))
            }
            "drive" => {
                let (controller, rest) = place.split_once(':')?;
                let bus = behind(BusId::Drive(ControllerKind::Scsi, index(controller)?))?;
                let numbers: Vec<u32> =
                    rest.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
                let [channel, target, unit] = numbers.as_slice() else { return None };
                Some(At::Place(bus, facts.scsi_address(bus, *channel, *target, *unit)))
            }
            "usb" => {
                let (bus, port) = place.split_once(':')?;
                let bus = behind(BusId::Usb(index(bus)?))?;
                Some(At::Place(bus, QdevAddress::Usb(port.parse().ok()?)))
            }
            _ => None,
        }
    }
}

/// Parses a place on a bus, in QEMU's terms.
fn address(facts: &Facts, bus: LiveBusNo, text: &str) -> Option<QdevAddress> {
    match facts.bus(bus)?.kind {
        LiveBusKind::Pci => {
            let (slot, function) = text.split_once('.').unwrap_or((text, "0"));
            let hex = |text: &str| u32::from_str_radix(text, 16).ok();
            Some(QdevAddress::Pci(Slot::new(hex(slot)?)?, Function::new(hex(function)?)?))
        }
        LiveBusKind::Scsi => {
            let numbers: Vec<u32> =
                text.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
            match numbers.as_slice() {
                [target] => Some(QdevAddress::Scsi { channel: 0, target: *target, lun: 0 }),
                [channel, target, lun] => {
                    Some(QdevAddress::Scsi { channel: *channel, target: *target, lun: *lun })
                }
                _ => None,
            }
        }
        LiveBusKind::Usb => text.parse().ok().map(QdevAddress::Usb),
        _ => None,
    }
}

impl Facts {
    /// The message about a place that the guest does not have.
    pub fn no_place(&self, at: &str) -> String {
        let kinds = [LiveBusKind::Pci, LiveBusKind::Scsi, LiveBusKind::Usb];
        let buses = self.buses.iter().filter(|bus| kinds.contains(&bus.kind));
        let names: Vec<&str> = buses.filter_map(|bus| bus.name.as_deref()).collect();
        format!("the guest has no place '{at}'; its buses: {}", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_words_is_an_order() {
        let request =
            DeviceRequest::parse("scsi-disk file='/my images/x' format=qcow2 readonly at=scsi0.0");
        let request = request.unwrap();
        assert_eq!(request.file.as_deref(), Some("/my images/x"));
        assert_eq!(request.at.as_deref(), Some("scsi0.0"));
        let NewDevice::ScsiDisk { backing, cd, .. } = request.device().unwrap() else {
            panic!("{request:?}")
        };
        assert_eq!((backing.format.as_str(), backing.read_only, cd), ("qcow2", true, false));
        let request =
            DeviceRequest::parse("controller model=virtio-serial-pci max_ports=4 id=x").unwrap();
        assert_eq!(request.properties, "max_ports=4");
        let NewDevice::Controller { properties, .. } = request.device().unwrap() else {
            panic!("{request:?}")
        };
        assert_eq!(properties.get("max_ports"), Some(&Value::from(4)));
    }

    #[test]
    fn what_is_no_order_says_why() {
        let refused = |line: &str| {
            DeviceRequest::parse(line).and_then(|request| request.device()).unwrap_err()
        };
        assert_eq!(refused(""), RequestError::NoKind);
        assert_eq!(refused("disk file=x"), RequestError::NoKind);
        assert_eq!(refused("scsi-disk file="), RequestError::NoImage);
        assert_eq!(refused("usb file=a.img"), RequestError::Relative("a.img".to_owned()));
        assert_eq!(refused("nic colour=red"), RequestError::UnknownWord("colour=red".to_owned()));
        assert_eq!(refused("nic fast"), RequestError::UnknownWord("fast".to_owned()));
        assert_eq!(refused("controller"), RequestError::NoModel);
        assert_eq!(refused("usb file='x"), RequestError::OpenQuote);
    }
}
