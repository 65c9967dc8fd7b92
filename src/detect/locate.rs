//! Where live devices are on the buses that are drawn: in libvirt's words, beside the configured
//! ones.

use super::matching::Pairing;
use super::spot::{Spot, offered_kind};
use crate::live::{Facts, LiveBusKind, LiveNo, Seat};
use crate::machine::Offers;
use crate::model::{ControllerIndex, ControllerKind, Domain};
use crate::topology::{BusId, Place, Topology};

/// Where a live device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// At this place of a bus that is drawn.
    Bus(BusId, Place),
    /// On a live device that nobody configured.
    On(LiveNo),
    /// On a root bus that nobody configured.
    Elsewhere,
}

impl Pairing {
    /// Where a live device is, seen from the guest that `topology` describes.
    pub fn site(&self, facts: &Facts, topology: &Topology, no: LiveNo) -> Site {
        let Some(bus) = self.bus_of(facts, topology, no) else {
            let holder = facts.device(no).and_then(|device| facts.holder(device.bus?));
            return hub_of(facts, no).or(holder).map_or(Site::Elsewhere, Site::On);
        };
        let place = match (Spot::live(facts, no), facts.bus_kind(no)) {
            (Some(Spot::Pci(slot, function)), _) => Place::Pci(slot, function),
            (Some(Spot::Drive(bus, target, unit)), _) => Place::Drive { bus, target, unit },
            (Some(Spot::Number(number)), LiveBusKind::Serial) => Place::Port(number),
            (Some(Spot::Number(number)), _) => Place::Slot(number),
            (Some(Spot::Ccw(address)), _) => Place::Ccw(address),
            (Some(Spot::Reg(reg)), _) => Place::Reg(reg),
            (Some(Spot::Isa(at)), _) => Place::Io(at.iobase),
            (Some(Spot::Usb(path)), _) => {
                let port = Place::Port(path.last());
                let Some(above) = path.hub() else { return Site::Bus(bus, port) };
                let BusId::Usb(index) = bus else { return Site::Elsewhere };
                let id = BusId::Hub(index, above);
                if topology.bus_no(id).is_some() {
                    return Site::Bus(id, port);
                }
                // The hub itself is not configured.
                return hub_of(facts, no).map_or(Site::Elsewhere, Site::On);
            }
            (None, _) => Place::Unnumbered,
        };
        Site::Bus(bus, place)
    }

    /// The drawn bus a live device is on, hubs aside.
    fn bus_of(&self, facts: &Facts, topology: &Topology, no: LiveNo) -> Option<BusId> {
        let device = facts.device(no)?;
        let Some(bus) = device.bus else {
            return matches!(device.seat, Seat::Slot(_)).then_some(BusId::Dimm);
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
            let resident = topology.resident(topology.resident_of(pair.device)?)?;
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

    /// Recognises what libvirt would add by itself: `completed` is the domain with it. What is
    /// already known stays as it is.
    #[must_use]
    pub fn completed(mut self, completed: &Domain, topology: &Topology, facts: &Facts) -> Self {
        let implied = |key| completed.device(key).is_some_and(crate::model::Device::is_implied);
        let other = Self::of(completed, topology, facts);
        for pair in other.pairs {
            // A part of the machine is nobody's own, and no stranger.
            let is_part = |no| !facts.is_seated(no);
            let is_new = pair.live.is_some_and(|no| self.strangers.contains(&no) || is_part(no));
            if implied(pair.device) && (is_new || pair.live.is_none()) {
                self.strangers.retain(|no| pair.live != Some(*no));
                self.pairs.push(pair);
            }
        }
        self.gone.extend(other.gone.into_iter().filter(|key| implied(*key)));
        self.hidden.extend(other.hidden.into_iter().filter(|key| implied(*key)));
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
    let Seat::Usb(path) = device.seat else { return None };
    let above = Seat::Usb(path.hub()?);
    let hub = facts.numbered().find(|(_, hub)| hub.seat == above && hub.bus == device.bus)?;
    Some(hub.0)
}
