//! Places of live devices on the buses that are drawn, in libvirt's terms, beside the configured
//! ones.

use super::matching::Matching;
use super::place::{live_place, offered_kind};
use crate::live::{Facts, LiveBusKind, LiveNo, QdevAddress};
use crate::machine::Offers;
use crate::model::{ControllerIndex, ControllerKind, Domain};
use crate::topology::{BusId, Place, Topology};

/// The location of a live device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveLocation {
    /// At this place of a bus that is drawn.
    Bus(BusId, Place),
    /// On a live device that is not configured.
    On(LiveNo),
    /// On a root bus that is not configured.
    Elsewhere,
}

impl Matching {
    /// The location of a live device in the guest that `topology` describes.
    pub fn locate(&self, facts: &Facts, topology: &Topology, no: LiveNo) -> LiveLocation {
        let Some(bus) = self.bus_of(facts, topology, no) else {
            let holder = facts.device(no).and_then(|device| facts.holder(device.bus?));
            return hub_of(facts, no).or(holder).map_or(LiveLocation::Elsewhere, LiveLocation::On);
        };
        let place = live_place(facts, no).unwrap_or(Place::Unnumbered);
        let path = match facts.device(no).map(|device| device.address) {
            Some(QdevAddress::Usb(path)) => path.hub(),
            _ => None,
        };
        let Some(hub) = path else { return LiveLocation::Bus(bus, place) };
        let BusId::Usb(index) = bus else { return LiveLocation::Elsewhere };
        let below = BusId::Hub(index, hub);
        if topology.bus_no(below).is_some() {
            return LiveLocation::Bus(below, place);
        }
        // The hub itself is not configured.
        hub_of(facts, no).map_or(LiveLocation::Elsewhere, LiveLocation::On)
    }

    /// The drawn bus a live device is on, hubs aside.
    fn bus_of(&self, facts: &Facts, topology: &Topology, no: LiveNo) -> Option<BusId> {
        let device = facts.device(no)?;
        let Some(bus) = device.bus else {
            return matches!(device.address, QdevAddress::Slot(_)).then_some(BusId::Dimm);
        };
        let kind = facts.bus(bus)?.kind;
        match kind {
            LiveBusKind::Pci => return self.bus_id(bus),
            LiveBusKind::Ccw => return Some(BusId::Ccw),
            LiveBusKind::Vio => return Some(BusId::SpaprVio),
            LiveBusKind::Isa => return Some(BusId::Isa),
            _ => {}
        }
        if kind == LiveBusKind::Floppy {
            return Some(BusId::Drive(ControllerKind::Fdc, ControllerIndex(0)));
        }
        let holder = facts.holder(bus)?;
        let configured = self.of_live(holder).and_then(|pair| {
            let resident = topology.node(topology.node_of(pair.device)?)?;
            Some(topology.bus(resident.offers?)?.id)
        });
        let part = || {
            let (_, part) = self.parts.iter().find(|(own, _)| *own == holder)?;
            match part.offers {
                Offers::Controller(kind) => Some(BusId::Drive(kind, ControllerIndex(0))),
                _ => None,
            }
        };
        configured.or_else(part).filter(|id| offered_kind(*id) == Some(kind))
    }

    /// Also matches what libvirt would add by itself: `completed` is the domain with it. Existing
    /// matches stay as they are.
    #[must_use]
    pub fn completed(mut self, completed: &Domain, topology: &Topology, facts: &Facts) -> Self {
        let implied = |key| completed.device(key).is_some_and(crate::model::Device::is_implied);
        let other = Self::of(completed, topology, facts);
        for pair in other.matches {
            // A part of the machine is neither matched nor unconfigured.
            let is_part = |no| !facts.has_address(no);
            let is_new = pair.live.is_some_and(|no| self.unconfigured.contains(&no) || is_part(no));
            if implied(pair.device) && (is_new || pair.live.is_none()) {
                self.unconfigured.retain(|no| pair.live != Some(*no));
                self.matches.push(pair);
            }
        }
        self.absent.extend(other.absent.into_iter().filter(|key| implied(*key)));
        self.not_enumerated.extend(other.not_enumerated.into_iter().filter(|key| implied(*key)));
        for (id, bus) in other.buses {
            if self.buses.iter().all(|(own, live)| *own != id && *live != bus) {
                self.buses.push((id, bus));
            }
        }
        self
    }
}

/// The USB hub a device is on; none on the controller itself.
fn hub_of(facts: &Facts, no: LiveNo) -> Option<LiveNo> {
    let device = facts.device(no)?;
    let QdevAddress::Usb(path) = device.address else { return None };
    let above = QdevAddress::Usb(path.hub()?);
    let hub = facts.numbered().find(|(_, hub)| hub.address == above && hub.bus == device.bus)?;
    Some(hub.0)
}
