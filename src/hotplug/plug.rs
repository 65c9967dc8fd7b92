//! The plan to plug a new device into a running guest, or the reason of a refusal.
//!
//! Nothing is sent here: a plan is commands with the undo of each.

use std::fmt;

use serde_json::{Map, Value, json};
use thiserror::Error;

use super::free_places::{self, At, PlaceError};
use crate::live::{Facts, LiveBusKind, LiveBusNo, QdevAddress};
use crate::machine::Model;
use crate::model::Text;

/// A command of the machine monitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QmpCommand {
    /// The name, such as `device_add`.
    pub name: String,
    /// The command's arguments.
    pub arguments: Value,
}

impl QmpCommand {
    pub(super) fn new(name: &str, arguments: Value) -> Self {
        Self { name: name.to_owned(), arguments }
    }

    /// The request to remove a device, by its id or path.
    pub fn device_del(handle: &str) -> Self {
        Self::new("device_del", json!({ "id": handle }))
    }

    /// Removes a network backend.
    pub fn netdev_del(id: &str) -> Self {
        Self::new("netdev_del", json!({ "id": id }))
    }

    /// Removes a block node.
    pub fn blockdev_del(node: &str) -> Self {
        Self::new("blockdev-del", json!({ "node-name": node }))
    }

    /// The JSON of the command, without its number.
    pub fn to_json(&self) -> Value {
        json!({ "execute": self.name, "arguments": self.arguments })
    }
}

/// Formats the JSON of the command, without its number.
impl fmt::Display for QmpCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_json().fmt(f)
    }
}

/// A step of plugging a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlugStep {
    /// The command of the step.
    pub command: QmpCommand,
    /// The command that undoes it, if a later step fails.
    pub undo: Option<QmpCommand>,
}

/// The plan to plug a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plug {
    /// The id it gets.
    pub id: Text,
    /// The model in QEMU.
    pub driver: Text,
    /// The bus it goes to.
    pub bus: LiveBusNo,
    /// Its place there; none where QEMU chooses the port.
    pub address: QdevAddress,
    /// The steps, in request.
    pub steps: Vec<PlugStep>,
}

/// The image of a disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backing {
    /// The path of the file.
    pub file: String,
    /// `raw`, `qcow2`, ...
    pub format: String,
    /// Whether the guest may only read.
    pub read_only: bool,
}

/// The device to attach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewDevice {
    /// A disk, or a CD drive, on a SCSI adapter.
    ScsiDisk {
        /// The image of the disk.
        backing: Backing,
        /// Whether it is a CD drive.
        cd: bool,
        /// The serial number that the guest reads.
        serial: Option<String>,
    },
    /// A virtio disk, which is a PCI device.
    VirtioDisk {
        /// The image of the disk.
        backing: Backing,
        /// The serial number that the guest reads.
        serial: Option<String>,
    },
    /// A network card.
    Nic {
        /// The model in QEMU.
        driver: String,
        /// MAC address; QEMU chooses one without.
        mac: Option<String>,
        /// The arguments of `netdev_add` besides the id: at least `type`.
        netdev: Map<String, Value>,
    },
    /// A USB device.
    Usb {
        /// QEMU's model, such as `usb-tablet`.
        driver: String,
        /// The bytes of a `usb-storage`.
        backing: Option<Backing>,
    },
    /// A controller, or any other PCI device that needs no backend.
    Controller {
        /// The model in QEMU.
        driver: String,
        /// Properties besides id, bus and place.
        properties: Map<String, Value>,
    },
}

/// Why a device cannot be put in.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlugError {
    /// The place, or every place, is no place for it.
    #[error(transparent)]
    QdevAddress(PlaceError),
    /// A device with this id is there already.
    #[error("a device with id '{0}' exists already")]
    SameId(String),
    /// The device cannot be plugged while the guest runs.
    #[error("a '{0}' cannot be hot-plugged: {1}")]
    ColdOnly(String, &'static str),
    /// An id that QEMU does not take: letters, digits, `-`, `.`, `_`, beginning with a letter.
    #[error("'{0}' is not an id: letters, digits, '-', '.' and '_', beginning with a letter")]
    BadId(String),
}

impl Facts {
    /// The plan to plug `device` at a valid place of the guest.
    ///
    /// # Errors
    /// The reason of the refusal, before anything is sent.
    pub fn plug(
        &self,
        device: &NewDevice,
        id: Option<&str>,
        wanted: At,
    ) -> Result<Plug, PlugError> {
        let driver = device.driver();
        if let Some(why) = Model::why_cold(driver) {
            return Err(PlugError::ColdOnly(driver.to_owned(), why));
        }
        let id = self.new_id(id, device.stem())?;
        let (bus, address) =
            free_places::choose(self, device.bus_kind(), wanted).map_err(PlugError::QdevAddress)?;
        let steps = device.steps(self, &id, bus, address);
        Ok(Plug { id: id.into(), driver: driver.into(), bus, address, steps })
    }

    fn new_id(&self, id: Option<&str>, stem: &str) -> Result<String, PlugError> {
        match id {
            Some(id) => {
                let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
                let first = id.starts_with(|c: char| c.is_ascii_alphabetic());
                if !first || !id.chars().all(legal) {
                    return Err(PlugError::BadId(id.to_owned()));
                }
                let taken = self.by_id(id).is_some();
                if taken { Err(PlugError::SameId(id.to_owned())) } else { Ok(id.to_owned()) }
            }
            None => {
                let free = |id: &String| self.by_id(id).is_none();
                let ids = (0..=self.devices.len()).map(|nth| format!("vt-{stem}{nth}"));
                Ok({ ids }.find(free).unwrap_or_default())
            }
        }
    }
}

impl NewDevice {
    /// The model in QEMU.
    pub fn driver(&self) -> &str {
        match self {
            Self::ScsiDisk { cd: false, .. } => "scsi-hd",
            Self::ScsiDisk { cd: true, .. } => "scsi-cd",
            Self::VirtioDisk { .. } => "virtio-blk-pci",
            Self::Nic { driver, .. }
            | Self::Usb { driver, .. }
            | Self::Controller { driver, .. } => driver,
        }
    }

    /// The kind of bus it goes to.
    pub fn bus_kind(&self) -> LiveBusKind {
        match self {
            Self::ScsiDisk { .. } => LiveBusKind::Scsi,
            Self::Usb { .. } => LiveBusKind::Usb,
            Self::VirtioDisk { .. } | Self::Nic { .. } | Self::Controller { .. } => {
                LiveBusKind::Pci
            }
        }
    }

    fn stem(&self) -> &'static str {
        match self {
            Self::ScsiDisk { .. } | Self::VirtioDisk { .. } => "disk",
            Self::Nic { .. } => "net",
            Self::Usb { .. } => "usb",
            Self::Controller { .. } => "dev",
        }
    }

    fn steps(
        &self,
        facts: &Facts,
        id: &str,
        bus: LiveBusNo,
        address: QdevAddress,
    ) -> Vec<PlugStep> {
        let mut properties = Map::new();
        let mut put = |name: &str, value: Value| {
            properties.insert(name.to_owned(), value);
        };
        put("driver", self.driver().into());
        put("id", id.into());
        if let Some(name) = facts.bus(bus).and_then(|bus| bus.name.as_deref()) {
            put("bus", name.into());
        }
        match address {
            // A text is hexadecimal; a number would be slot * 8 + function.
            QdevAddress::Pci(..) => put("addr", address.to_string().into()),
            QdevAddress::Scsi { channel, target, lun } => {
                put("channel", channel.into());
                put("scsi-id", target.into());
                put("lun", lun.into());
            }
            QdevAddress::Usb(port) => put("port", port.to_string().into()),
            _ => {}
        }
        let mut steps = Vec::new();
        let Backends { node, host } = Backends::of(id);
        match self {
            Self::ScsiDisk { backing, serial, .. } | Self::VirtioDisk { backing, serial } => {
                steps.push(backing.step(&node));
                put("drive", node.into());
                if let Some(serial) = serial {
                    put("serial", serial.as_str().into());
                }
            }
            Self::Usb { backing: Some(backing), .. } => {
                steps.push(backing.step(&node));
                put("drive", node.into());
            }
            Self::Nic { mac, netdev, .. } => {
                let mut arguments = netdev.clone();
                arguments.insert("id".to_owned(), host.as_str().into());
                steps.push(PlugStep {
                    command: QmpCommand::new("netdev_add", arguments.into()),
                    undo: Some(QmpCommand::netdev_del(&host)),
                });
                put("netdev", host.into());
                if let Some(mac) = mac {
                    put("mac", mac.as_str().into());
                }
            }
            Self::Controller { properties: more, .. } => {
                for (name, value) in more {
                    put(name, value.clone());
                }
            }
            Self::Usb { backing: None, .. } => {}
        }
        let command = QmpCommand::new("device_add", properties.into());
        steps.push(PlugStep { command, undo: None });
        steps
    }
}

/// The names of the backends of a device that was plugged by [`Facts::plug`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backends {
    /// The block node of a disk.
    pub node: String,
    /// The network backend of a NIC.
    pub host: String,
}

impl Backends {
    /// The backends of the device with this id.
    pub fn of(id: &str) -> Self {
        Self { node: format!("{id}-node"), host: format!("{id}-host") }
    }
}

impl Backing {
    /// One node for format and file, so that one command removes it again.
    fn step(&self, node: &str) -> PlugStep {
        let arguments = json!({
            "driver": self.format,
            "node-name": node,
            "read-only": self.read_only,
            "file": { "driver": "file", "filename": self.file },
        });
        PlugStep {
            command: QmpCommand::new("blockdev-add", arguments),
            undo: Some(QmpCommand::blockdev_del(node)),
        }
    }
}
