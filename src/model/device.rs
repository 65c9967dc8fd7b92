//! A device of a domain.

use super::address::{Address, DeviceAddress, PciAddress, Placement};
use super::{Chardev, Controller, DeviceClass, DeviceKey, HostPci, HostSource, Kind, Text};
use crate::text::Span;

/// Whether a device is in the XML.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Presence {
    /// An element of the document (or a `-device` argument).
    Written {
        /// The whole element, or the whole argument, in the text.
        element: Span,
        /// The element's start tag; the whole argument for `-device`.
        tag: Span,
    },
    /// A device that libvirt would add: a needed controller, the default balloon, ...
    Implied,
}

/// Anything under `<devices>` that occupies an address, or may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Number of devices of its class that come before it.
    pub nth: u32,
    /// The class, and the content of an element of that class.
    pub kind: Kind,
    /// The place where it is attached.
    pub address: Option<DeviceAddress>,
    /// Whether the XML has it.
    pub presence: Presence,
    /// Value of `<alias name=>`.
    pub alias: Option<Text>,
    /// `<boot order=>`, from 1.
    pub boot_order: Option<u32>,
    /// `<acpi index=>`, 1..=16383 where the guest starts.
    pub acpi_index: Option<u32>,
}

impl Device {
    /// The `nth` (from 0) device of its class, which libvirt would add, without an address so far.
    pub fn implied(nth: u32, kind: Kind) -> Self {
        Self {
            nth,
            kind,
            address: None,
            presence: Presence::Implied,
            alias: None,
            boot_order: None,
            acpi_index: None,
        }
    }

    /// The key that names it: its class and its number in that class.
    pub fn key(&self) -> DeviceKey {
        DeviceKey::new(self.class(), self.nth)
    }

    /// The class of the device.
    pub fn class(&self) -> DeviceClass {
        self.kind.class()
    }

    /// Whether libvirt would add it.
    pub fn is_implied(&self) -> bool {
        self.presence == Presence::Implied
    }

    /// The whole element (or `-device` argument) in the text; `None` when libvirt would add it.
    pub fn element(&self) -> Option<Span> {
        match self.presence {
            Presence::Written { element, .. } => Some(element),
            Presence::Implied => None,
        }
    }

    /// The element's start tag (the whole argument for `-device`); `None` when libvirt would add
    /// it.
    pub fn tag(&self) -> Option<Span> {
        match self.presence {
            Presence::Written { tag, .. } => Some(tag),
            Presence::Implied => None,
        }
    }

    /// The address's value, complete or not; `None` when there is none that can be read.
    pub fn address(&self) -> Option<&Address> {
        self.address.as_ref()?.value.as_ref()
    }

    /// The PCI address, when it has one.
    pub fn pci(&self) -> Option<PciAddress> {
        self.address()?.pci()
    }

    /// Whether its address is fixed.
    pub fn placement(&self) -> Placement {
        self.address.as_ref().map_or(Placement::Unplaced, DeviceAddress::placement)
    }

    /// Its attributes as a controller.
    pub fn controller(&self) -> Option<&Controller> {
        match &self.kind {
            Kind::Controller(controller) => Some(controller),
            _ => None,
        }
    }

    /// Its attributes as a character device.
    pub fn chardev(&self) -> Option<&Chardev> {
        self.kind.chardev()
    }

    /// The PCI device of the host that is passed through.
    pub fn host_pci(&self) -> Option<HostPci> {
        let host = match &self.kind {
            Kind::Hostdev(hostdev) => &hostdev.host,
            Kind::Interface(interface) => interface.host.as_ref()?,
            _ => return None,
        };
        match host {
            HostSource::Pci(host) => Some(*host),
            _ => None,
        }
    }

    /// Whether it is a `<console>` on virtio-serial.
    pub fn is_virtio_console(&self) -> bool {
        self.class() == DeviceClass::Console && self.variant() == Some("virtio")
    }

    /// The value that distinguishes kinds of its class: the model of a NIC or sound card, the bus
    /// of a disk, the target type of a serial port.
    pub fn variant(&self) -> Option<&str> {
        match &self.kind {
            Kind::Disk(disk) => disk.bus.as_deref(),
            Kind::Controller(controller) => controller.model.as_deref(),
            Kind::Filesystem(filesystem) => filesystem.driver.as_deref(),
            Kind::Interface(interface) => interface.model.as_deref(),
            Kind::Hostdev(hostdev) => hostdev.backend.as_deref(),
            Kind::Parallel(chardev)
            | Kind::Serial(chardev)
            | Kind::Console(chardev)
            | Kind::Channel(chardev) => chardev.target_type.as_deref(),
            Kind::Video(video) => video.model.as_deref(),
            Kind::Memory(memory) => memory.model.as_deref(),
            Kind::Qemu(qemu) => Some(&qemu.driver),
            kind => {
                let plain = kind.plain()?;
                plain.model.as_deref().or(plain.kind.as_deref())
            }
        }
    }

    /// A title for display: `disk vda`, `net virtio`, `scsi 0 lsilogic`.
    pub fn title(&self) -> String {
        let class = self.class().as_str();
        match &self.kind {
            Kind::Disk(disk) => {
                let device = disk.device.as_deref().unwrap_or("disk");
                join(&[device, disk.target.as_deref().unwrap_or_default()])
            }
            Kind::Controller(controller) => match controller.pci_model() {
                Some(model) if model.is_root() => model.as_str().to_owned(),
                Some(model) => join(&[model.as_str(), &index(controller)]),
                None => {
                    let model = controller.model.as_deref().unwrap_or_default();
                    join(&[&controller.word, &index(controller), model])
                }
            },
            Kind::Interface(interface) => {
                let fallback = interface.backend.as_deref().filter(|backend| *backend == "hostdev");
                join(&["net", interface.model.as_deref().or(fallback).unwrap_or_default()])
            }
            Kind::Memory(memory) => join(&["memory", memory.model.as_deref().unwrap_or_default()]),
            Kind::Qemu(qemu) => join(&[qemu.option.into(), &qemu.driver]),
            Kind::Memballoon(balloon) => {
                join(&["balloon", balloon.model.as_deref().unwrap_or_default()])
            }
            Kind::Input(input) => join(&[class, input.kind.as_deref().unwrap_or_default()]),
            Kind::Other { name } => name.to_string(),
            _ => join(&[class, self.variant().unwrap_or_default()]),
        }
    }

    /// A description that identifies it for a user: the image file, the MAC address and network,
    /// the name of a channel.
    pub fn description(&self) -> String {
        let word = |text: &Option<Text>| text.as_deref().unwrap_or_default().to_owned();
        match &self.kind {
            Kind::Disk(disk) => {
                let source = disk.shown_source();
                source.as_deref().map(file_name).unwrap_or_default().to_owned()
            }
            Kind::Filesystem(filesystem) => word(&filesystem.target),
            Kind::Interface(interface) => {
                let source = interface.source.as_ref().or(interface.backend.as_ref());
                join(&[interface.mac.as_deref().unwrap_or_default(), source.map_or("", |s| s)])
            }
            Kind::Hostdev(hostdev) => hostdev.host.to_string(),
            Kind::Parallel(chardev)
            | Kind::Serial(chardev)
            | Kind::Console(chardev)
            | Kind::Channel(chardev) => {
                let name = chardev.target_name.as_ref().or(chardev.backend.as_ref());
                name.map(ToString::to_string).unwrap_or_default()
            }
            Kind::Qemu(qemu) => word(&qemu.id),
            kind => kind.plain().map_or_else(String::new, |plain| {
                join(&[plain.bus.as_deref().unwrap_or_default(), &word(&plain.name)])
            }),
        }
    }
}

fn index(controller: &Controller) -> String {
    controller.index.map(|index| index.to_string()).unwrap_or_default()
}

/// Joins the parts that are not empty with blanks.
fn join(words: &[&str]) -> String {
    let mut out = String::new();
    for word in words.iter().filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The last part of a path or URL, which usually identifies an image.
fn file_name(path: &str) -> &str {
    path.rsplit('/').find(|part| !part.is_empty()).unwrap_or(path)
}
