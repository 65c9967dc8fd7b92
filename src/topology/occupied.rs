//! The PCI buses of a guest with everybody on them, as its addresses say.

use super::pci::{Occupant, PciBus, PciBuses, Request};
use super::verdict::Asker;
use crate::machine::{Machine, MachineKind, Need, need};
use crate::model::{ControllerIndex, DeviceKey, Domain, PciModel};

impl PciBuses {
    /// The buses of `domain`, with its devices and the machine's own parts where they are; those in
    /// `except` are left out, so that the places they have count as free. Of two devices in one
    /// place the first holds it.
    ///
    /// A guest whose controllers have gaps ends before the first: complete it first.
    pub fn of(domain: &Domain, except: &[DeviceKey]) -> Self {
        let machine = Machine::of(domain);
        let mut models: Vec<Option<PciBus>> = Vec::new();
        for (_, controller) in domain.controllers() {
            let (Some(model), Some(index)) = (controller.pci_model(), controller.index) else {
                continue;
            };
            let Ok(index) = usize::try_from(index.0) else { continue };
            if index >= Self::MOST {
                continue;
            }
            if index >= models.len() {
                models.resize(index + 1, None);
            }
            if let Some(place @ None) = models.get_mut(index) {
                *place = Some(PciBus::new(model, controller.target.hotplug));
            }
        }
        let models = models.into_iter().map_while(|bus| bus);
        let mut buses = Self::new(models.collect(), machine.kind == MachineKind::Pseries);
        let express = is_express(domain);
        for device in domain.devices.iter().filter(|device| !except.contains(&device.key())) {
            let Some(at) = device.pci() else { continue };
            let need = need(device, express).unwrap_or(Need::PCI);
            let request = Request { occupant: Occupant::Device(device.key()), need, group: 0 };
            // Whether it may be there is asked of each device by itself.
            let _ = buses.reserve(request, at, Asker::Written);
        }
        for part in machine.chipset() {
            let occupant = Occupant::Chipset(part.name);
            let request = Request { occupant, need: Need::PCI, group: 0 };
            // A device of the domain may stand for the part.
            let _ = buses.reserve(request, part.at, Asker::Written);
        }
        buses
    }
}

/// Whether PCI controller 0 is `pcie-root`: then devices that have a choice ask for PCI Express.
pub fn is_express(domain: &Domain) -> bool {
    domain.controllers().any(|(_, controller)| {
        controller.index == Some(ControllerIndex(0))
            && controller.pci_model() == Some(PciModel::PcieRoot)
    })
}
