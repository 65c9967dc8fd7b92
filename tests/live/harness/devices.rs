//! Guests as lists of devices, to be started with and without ids and addresses, and written as XML.

use std::fmt::Write as _;

use crate::support::guest::Guest;

/// A device of a guest.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    /// Its id in QEMU, and its alias in the XML.
    pub(crate) id: String,
    /// The model in QEMU.
    pub(crate) driver: &'static str,
    /// Properties besides id, bus and place.
    pub(crate) properties: String,
    /// Arguments that come before it.
    pub(crate) before: Vec<String>,
    /// The bus in its arguments, with its place if that is given too: `pci.1`, `addr=05.0`.
    pub(crate) bus: Option<String>,
    /// `addr=`, `scsi-id=`, `port=`.
    pub(crate) place: Option<String>,
    /// The element's start tag up to `>`, its content, and its end.
    pub(crate) xml: (String, String, &'static str),
    /// The `<address>` that equals bus and place.
    pub(crate) address: Option<String>,
}

impl Device {
    /// A device without a given place.
    pub(crate) fn new(
        id: &str,
        driver: &'static str,
        start: &str,
        inside: &str,
        end: &'static str,
    ) -> Self {
        Self {
            id: id.to_owned(),
            driver,
            properties: String::new(),
            before: Vec::new(),
            bus: None,
            place: None,
            xml: (start.to_owned(), inside.to_owned(), end),
            address: None,
        }
    }

    /// Adds properties to it.
    pub(crate) fn with(mut self, properties: &str) -> Self {
        self.properties = format!(",{properties}");
        self
    }

    /// With arguments before it.
    pub(crate) fn after(mut self, arguments: &[&str]) -> Self {
        self.before = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        self
    }

    /// On a bus.
    pub(crate) fn on(mut self, bus: &str) -> Self {
        self.bus = Some(bus.to_owned());
        self
    }

    /// At a place of a PCI bus, by libvirt's index and QEMU's name.
    pub(crate) fn at(mut self, index: u32, bus: &str, slot: u32, function: u32) -> Self {
        self.bus = Some(bus.to_owned());
        self.place = Some(format!("addr={slot:x}.{function:x}"));
        self.address = Some(format!(
            "<address type='pci' domain='0x0000' bus='{index:#04x}' slot='{slot:#04x}' function='{function:#x}'/>"
        ));
        self
    }

    /// At a place of another bus.
    pub(crate) fn seat(mut self, bus: &str, place: &str, address: &str) -> Self {
        self.bus = Some(bus.to_owned());
        self.place = Some(place.to_owned());
        self.address = Some(address.to_owned());
        self
    }
}

/// QEMU's arguments for the devices.
pub(crate) fn arguments(machine: &str, devices: &[Device], ids: bool) -> Vec<String> {
    let mut line: Vec<String> =
        ["-machine", machine, "-nodefaults", "-S"].map(str::to_owned).into();
    for device in devices {
        line.extend(device.before.clone());
        let mut text = format!("{}{}", device.driver, device.properties);
        if ids {
            let _ = write!(text, ",id={}", device.id);
        }
        if let Some(bus) = &device.bus {
            let _ = write!(text, ",bus={bus}");
        }
        if let Some(place) = &device.place {
            let _ = write!(text, ",{place}");
        }
        line.extend(["-device".to_owned(), text]);
    }
    line
}

/// The document, with aliases and addresses if requested.
pub(crate) fn xml(machine: &str, devices: &[Device], aliases: bool, addresses: bool) -> String {
    let root = if machine.starts_with("q35") { "pcie-root" } else { "pci-root" };
    let mut guest = Guest::new(machine.split(',').next().unwrap()).feature("<acpi/>");
    guest.put(&format!("<controller type='pci' index='0' model='{root}'/>"));
    for device in devices {
        let (start, inside, end) = &device.xml;
        let alias = if aliases { format!("<alias name='{}'/>", device.id) } else { String::new() };
        let address = device.address.clone().filter(|_| addresses).unwrap_or_default();
        guest.put(&format!("<{start}>{inside}{alias}{address}</{end}>"));
    }
    guest.text()
}
