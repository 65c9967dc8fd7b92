//! A listing of PCI functions, from `info pci` or `query-pci`, and its place in the facts.

use std::collections::HashMap;

use super::facts::{
    Facts, LiveBus, LiveBusKind, LiveBusNo, LiveDevice, LiveNo, PciFacts, QdevAddress,
};
use crate::model::Text;
use crate::model::address::{Function, Slot};
use crate::topology::GuestBus;

/// A function in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PciEntry {
    /// The bridge above it in the listing; `None` on a root bus.
    pub parent: Option<usize>,
    /// The number of its bus.
    pub bus: GuestBus,
    /// The slot number.
    pub slot: Slot,
    /// The function number.
    pub function: Function,
    /// The properties of the function.
    pub pci: PciFacts,
    /// `id=` of its `-device`.
    pub id: Option<Text>,
}

/// The way to a function from its root bus: the number of that bus, and the slot and function of
/// every bridge on the way and of itself.
type Way = (GuestBus, Vec<(Slot, Function)>);

/// Bridges on a way; PCI has 256 buses.
const DEPTH: usize = 256;

impl Facts {
    /// Merges a listing: functions known from the device tree get its properties, others are added.
    pub(super) fn take_listing(&mut self, listing: Vec<PciEntry>) {
        let known: HashMap<Way, LiveNo> = self
            .numbered()
            .filter(|(_, device)| matches!(device.address, QdevAddress::Pci(..)))
            .filter_map(|(no, _)| Some((self.way(no)?, no)))
            .collect();
        let ways: Vec<Option<Way>> = (0..listing.len()).map(|nth| way_in(&listing, nth)).collect();
        let mut numbers: Vec<Option<LiveNo>> = Vec::with_capacity(listing.len());
        for (entry, way) in listing.into_iter().zip(&ways) {
            let found = way.as_ref().and_then(|way| known.get(way)).copied();
            let parent = entry.parent.and_then(|parent| numbers.get(parent).copied().flatten());
            numbers.push(Some(match found {
                Some(no) => {
                    self.learn(no, entry);
                    no
                }
                None => self.add(parent, entry),
            }));
        }
    }

    fn learn(&mut self, no: LiveNo, entry: PciEntry) {
        let Some(device) = self.devices.get_mut(no.0) else { return };
        let known = device.pci.take().unwrap_or_default();
        let told = entry.pci;
        device.pci = Some(PciFacts {
            class: told.class.or(known.class),
            id: told.id.or(known.id),
            subsystem: told.subsystem.or(known.subsystem),
            ..told
        });
    }

    /// A function that only the listing knows.
    fn add(&mut self, parent: Option<LiveNo>, entry: PciEntry) -> LiveNo {
        let bus = match parent {
            Some(parent) => self.bus_behind(parent),
            None => self.root_bus(entry.bus),
        };
        let no = LiveNo(self.devices.len());
        self.devices.push(LiveDevice {
            id: entry.id,
            bus: Some(bus),
            address: QdevAddress::Pci(entry.slot, entry.function),
            pci: Some(entry.pci),
            ..LiveDevice::default()
        });
        no
    }

    fn root_bus(&mut self, number: GuestBus) -> LiveBusNo {
        let found = self.numbered_buses().find(|(_, bus)| bus.root == Some(number));
        let found = found.map(|(no, _)| no);
        found.unwrap_or_else(|| {
            self.buses.push(LiveBus {
                kind: LiveBusKind::Pci,
                root: Some(number),
                ..LiveBus::default()
            });
            LiveBusNo(self.buses.len() - 1)
        })
    }

    fn bus_behind(&mut self, bridge: LiveNo) -> LiveBusNo {
        let found = self
            .numbered_buses()
            .find(|(_, bus)| bus.holder == Some(bridge) && bus.kind == LiveBusKind::Pci)
            .map(|(no, _)| no);
        found.unwrap_or_else(|| {
            // A bridge names its bus after itself (QEMU `hw/pci/pci_bridge.c:
            // pci_bridge_initfn`).
            let name = self.device(bridge).and_then(|device| device.id.clone());
            self.buses.push(LiveBus {
                name,
                kind: LiveBusKind::Pci,
                holder: Some(bridge),
                ..LiveBus::default()
            });
            LiveBusNo(self.buses.len() - 1)
        })
    }

    fn way(&self, no: LiveNo) -> Option<Way> {
        let mut steps = Vec::new();
        let mut at = no;
        while steps.len() < DEPTH {
            let device = self.device(at)?;
            let QdevAddress::Pci(slot, function) = device.address else { return None };
            steps.push((slot, function));
            let bus = self.bus(device.bus?)?;
            if let Some(root) = bus.root {
                steps.reverse();
                return Some((root, steps));
            }
            at = bus.holder?;
        }
        None
    }
}

fn way_in(listing: &[PciEntry], nth: usize) -> Option<Way> {
    let mut steps = Vec::new();
    let mut at = nth;
    while steps.len() < DEPTH {
        let entry = listing.get(at)?;
        steps.push((entry.slot, entry.function));
        match entry.parent {
            Some(parent) => at = parent,
            None => {
                steps.reverse();
                return Some((entry.bus, steps));
            }
        }
    }
    None
}
