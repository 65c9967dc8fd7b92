//! From a monitor's answers to facts: one way for sockets, saved files and tests.

use serde_json::Value;
use thiserror::Error;

use super::facts::{
    Facts, LiveBus, LiveBusKind, LiveBusNo, LiveDevice, LiveNo, QdevAddress, RunState,
};
use super::pci_listing::PciEntry;
use super::{hmp, qmp, qtree};
use crate::model::Text;

/// The answers of a monitor; each may be missing.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// The object tree, from a [`super::QomWalk`].
    pub objects: Option<Facts>,
    /// The answer to `info qtree`.
    pub qtree: Option<String>,
    /// The answer to `query-pci`.
    pub query_pci: Option<Value>,
    /// The answer to `info pci`.
    pub info_pci: Option<String>,
    /// The answer to `info usb`.
    pub info_usb: Option<String>,
    /// The answer to `query-block`.
    pub query_block: Option<Value>,
    /// The answer to `info block`.
    pub info_block: Option<String>,
    /// The answer to `info network`.
    pub info_network: Option<String>,
    /// The answer to `query-memory-devices`.
    pub query_memory: Option<Value>,
    /// The answer to `info memory-devices`.
    pub info_memory: Option<String>,
    /// The answer to `query-status`.
    pub query_status: Option<Value>,
    /// The answer to `info status`.
    pub info_status: Option<String>,
    /// The greeting, or `query-version`.
    pub query_version: Option<Value>,
    /// The answer to `info version`.
    pub info_version: Option<String>,
    /// `name` of `query-name`.
    pub name: Option<Text>,
    /// `type` of `/machine`, such as `pc-i440fx-10.0-machine`.
    pub machine: Option<Text>,
    /// `arch` of `query-target`.
    pub arch: Option<Text>,
    /// The answer to `info name`.
    pub info_name: Option<String>,
    /// `qom-get /machine type` of a human monitor.
    pub machine_type: Option<String>,
    /// The answer to `info memory_size_summary`.
    pub info_memory_size: Option<String>,
    /// The answer to `info cpus`.
    pub info_cpus: Option<String>,
    /// The answer to `query-memory-size-summary`.
    pub query_memory_size: Option<Value>,
    /// The answer to `query-cpus-fast`.
    pub query_cpus: Option<Value>,
}

/// Why a saved text is no capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("is neither the text of 'info pci' nor the JSON of 'query-pci'")]
pub struct CaptureError;

impl Answers {
    /// Reads a saved `info pci`, or the saved answer to `query-pci`.
    ///
    /// # Errors
    /// If the text is neither.
    pub fn from_capture(text: &str) -> Result<Self, CaptureError> {
        match serde_json::from_str::<Value>(text) {
            Ok(value) if qmp::is_query_pci(&value) => {
                Ok(Self { query_pci: Some(value), ..Self::default() })
            }
            _ if hmp::is_info_pci(text) => {
                Ok(Self { info_pci: Some(text.to_owned()), ..Self::default() })
            }
            _ => Err(CaptureError),
        }
    }

    /// The facts in them.
    pub fn facts(self) -> Facts {
        let tree = self.qtree.as_deref().map(qtree::info_qtree);
        let mut facts = match (self.objects, tree) {
            (Some(mut objects), Some(tree)) if objects.has_tree => {
                objects.enrich(&tree);
                objects
            }
            (Some(objects), _) if objects.has_tree => objects,
            (_, Some(tree)) => tree,
            _ => Facts::default(),
        };
        let listing: Vec<PciEntry> = match (&self.query_pci, &self.info_pci) {
            (Some(value), _) => qmp::query_pci(value),
            (None, Some(text)) => hmp::info_pci(text),
            (None, None) => Vec::new(),
        };
        facts.take_listing(listing);
        if let Some(text) = &self.info_usb {
            facts.take_usb(hmp::info_usb(text));
        }
        facts.drives = match (&self.query_block, &self.info_block) {
            (Some(value), _) => qmp::query_block(value),
            (None, Some(text)) => hmp::info_block(text),
            (None, None) => Vec::new(),
        };
        facts.nics = self.info_network.as_deref().map(hmp::info_network).unwrap_or_default();
        facts.name_nics();
        facts.take_memory(match (&self.query_memory, &self.info_memory) {
            (Some(value), _) => qmp::query_memory_devices(value),
            (None, Some(text)) => hmp::info_memory_devices(text),
            (None, None) => Vec::new(),
        });
        facts.run = match (&self.query_status, &self.info_status) {
            (Some(value), _) => qmp::query_status(value),
            (None, Some(text)) => hmp::info_status(text),
            (None, None) => RunState::Unknown,
        };
        let said = || self.info_version.as_deref().and_then(hmp::info_version);
        facts.version = self.query_version.as_ref().and_then(qmp::version).or_else(said);
        let said = || self.machine_type.as_deref().and_then(hmp::machine_type);
        let machine = self.machine.as_deref().or_else(said);
        facts.machine = machine.map(|name| name.strip_suffix("-machine").unwrap_or(name).into());
        facts.arch = self.arch;
        let said = || self.info_name.as_deref().and_then(hmp::info_name).map(Into::into);
        facts.name = self.name.or_else(said);
        let memory = self.query_memory_size.as_ref().and_then(|value| value.get("base-memory"));
        let said = || self.info_memory_size.as_deref().and_then(hmp::info_memory_size);
        facts.memory = memory.and_then(Value::as_u64).or_else(said);
        let processors = self.query_cpus.as_ref().and_then(Value::as_array).map(Vec::len);
        let said = || self.info_cpus.as_deref().and_then(hmp::info_cpus);
        facts.processors = processors.and_then(|count| u32::try_from(count).ok()).or_else(said);
        facts
    }
}

impl Facts {
    /// Takes in `info usb`; only a guest without a device tree has anything new there.
    fn take_usb(&mut self, entries: Vec<hmp::UsbEntry>) {
        for entry in entries {
            let found = self.devices.iter().position(|device| {
                matches!(device.address, QdevAddress::Usb(port) if Some(port) == entry.port)
                    && match (&device.id, &entry.id) {
                        (Some(own), Some(id)) => own == id,
                        (None, None) => device.usb.is_none_or(|(bus, _)| bus == entry.bus),
                        _ => false,
                    }
            });
            if let Some(device) = found.and_then(|no| self.devices.get_mut(no)) {
                device.usb.get_or_insert((entry.bus, entry.device));
                continue;
            }
            if self.has_tree {
                continue;
            }
            let name: Text = format!("usb.{}", entry.bus).into();
            let bus = self.buses.iter().position(|bus| bus.name.as_ref() == Some(&name));
            let bus = bus.unwrap_or_else(|| {
                let kind = LiveBusKind::Usb;
                self.buses.push(LiveBus { name: Some(name), kind, ..LiveBus::default() });
                self.buses.len() - 1
            });
            self.devices.push(LiveDevice {
                id: entry.id,
                driver: usb_driver(&entry.product).map(Into::into),
                bus: Some(LiveBusNo(bus)),
                address: entry.port.map_or(QdevAddress::None, QdevAddress::Usb),
                usb: Some((entry.bus, entry.device)),
                ..LiveDevice::default()
            });
        }
    }

    /// Sets the MAC addresses of NICs that only the network layer reports.
    fn name_nics(&mut self) {
        for nic in &self.nics {
            let own = self.devices.iter_mut().find(|device| device.id.as_ref() == Some(&nic.name));
            if let Some(device) = own.filter(|device| device.mac.is_none()) {
                device.mac = Some(nic.mac.clone());
            }
        }
    }

    fn take_memory(&mut self, modules: Vec<LiveDevice>) {
        for module in modules {
            let known = module.id.as_deref().and_then(|id| self.by_id(id));
            match known.and_then(|LiveNo(no)| self.devices.get_mut(no)) {
                Some(device) if device.address == QdevAddress::None => {
                    device.address = module.address;
                }
                Some(_) => {}
                None => self.devices.push(module),
            }
        }
    }

    /// The medium in a drive: by the device's id or path (also of a part of it), or by the name of
    /// its drive or block node.
    pub fn medium(&self, no: LiveNo) -> Option<&super::facts::Drive> {
        let device = self.device(no)?;
        let at_own = |at: &str| {
            let inside = |own: &str| {
                at.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            device.id.as_deref() == Some(at) || device.path.as_deref().is_some_and(inside)
        };
        let named = |drive: &&super::facts::Drive| {
            let own = device.drive.as_deref().filter(|own| !own.is_empty());
            own.is_some_and(|own| &*drive.name == own || drive.node.as_deref() == Some(own))
        };
        let attached = self.drives.iter().find(|drive| drive.at.as_deref().is_some_and(at_own));
        attached.or_else(|| self.drives.iter().find(named))
    }
}

/// Product names of USB devices, and QEMU's models (`hw/usb/dev-*.c`, descriptors).
const USB_PRODUCTS: &[(&str, &str)] = &[
    ("QEMU USB Tablet", "usb-tablet"),
    ("QEMU USB Mouse", "usb-mouse"),
    ("QEMU USB Keyboard", "usb-kbd"),
    ("QEMU USB Hub", "usb-hub"),
    ("QEMU USB MSD", "usb-storage"),
    ("QEMU USB HARDDRIVE", "usb-storage"),
    ("QEMU USB CCID", "usb-ccid"),
    ("QEMU USB Audio", "usb-audio"),
    ("USB Redirection Device", "usb-redir"),
];

fn usb_driver(product: &str) -> Option<&'static str> {
    USB_PRODUCTS.iter().find(|row| product.starts_with(row.0)).map(|row| row.1)
}
