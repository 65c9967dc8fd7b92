//! Names of live devices and of their places, as they are shown.

use super::facts::{Facts, LiveNo, QdevAddress};
use crate::topology::GuestAddress;

impl Facts {
    /// The model of a live device, or its PCI ids where the monitor names no model.
    pub fn model(&self, no: LiveNo) -> String {
        let Some(device) = self.device(no) else { return String::new() };
        let id = || device.pci.as_ref().and_then(|pci| pci.id).map(|id| format!("device {id}"));
        match &device.driver {
            Some(driver) => driver.to_string(),
            None => id().unwrap_or_else(|| device.title()),
        }
    }

    /// The model of a live device with its id, or the end of its path: `e1000 net0`.
    pub fn model_and_name(&self, no: LiveNo) -> String {
        let name = self.device(no).and_then(|device| device.handle());
        let name = name.map(|name| name.rsplit('/').next().unwrap_or(name));
        match name {
            Some(name) => format!("{} {name}", self.model(no)),
            None => self.model(no),
        }
    }

    /// A place in QEMU's words, `pci.5 03.0`; the guest's own address where the monitor names no
    /// bus.
    pub fn full_address(&self, no: LiveNo) -> String {
        let Some(device) = self.device(no) else { return String::new() };
        let bus = device.bus.and_then(|bus| self.bus(bus)?.name.as_deref());
        match (bus, self.guest_address(no)) {
            (Some(bus), _) => format!("{bus} {}", device.address),
            (None, Some(address)) => address.to_string(),
            (None, None) => device.address.to_string(),
        }
    }

    /// The bus number, slot and function by which the guest finds a PCI device, once firmware has
    /// counted buses.
    pub fn guest_address(&self, no: LiveNo) -> Option<GuestAddress> {
        let device = self.device(no)?;
        let bus = device.pci.as_ref()?.bus?;
        match device.address {
            QdevAddress::Pci(slot, function) => Some(GuestAddress { bus, slot, function }),
            _ => None,
        }
    }
}
