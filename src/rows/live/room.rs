//! What runs takes room that the drawn guest has left.

use super::guest::LiveGuest;
use crate::rows::headroom::rooms;
use crate::rows::{Guest, Headroom, Mark, SlotsView};
use crate::topology::{Bus, BusId, Place, Topology};

impl LiveGuest {
    /// A bus with the places taken where something runs that is not drawn there; `None` when there
    /// is nothing.
    pub(super) fn crowded(&self, topology: &Topology, id: BusId) -> Option<Bus> {
        let mut here = self.by_place.keys().filter(|(bus, _)| *bus == id).peekable();
        here.peek()?;
        let bus = topology.bus(topology.bus_no(id)?)?;
        // What QEMU gave no number has no place that somebody else could want.
        let places = here.map(|(_, place)| *place).filter(|place| *place != Place::Unnumbered);
        Some(bus.with_taken(places))
    }

    /// The room that is left in the drawn guest and in the running one.
    pub fn headroom(&self, guest: Guest<'_>) -> Vec<Headroom> {
        rooms(guest, &|bus| {
            let crowded = self.crowded(guest.topology, bus.id);
            crowded.map_or_else(|| bus.free(), |bus| bus.free())
        })
    }

    /// Counts what runs in the slots of `view`.
    pub fn crowd(&self, topology: &Topology, view: &mut SlotsView) {
        for row in &mut view.buses {
            let id = topology.bus(row.bus).map(|bus| bus.id);
            let free = id.and_then(|id| self.crowded(topology, id)?.free());
            row.free = free.unwrap_or(row.free);
        }
        let free = view.ports.iter().filter(|port| port.cell.mark == Mark::Free).filter(|port| {
            let id = topology.bus(port.bus).map(|bus| bus.id);
            let crowded = id.and_then(|id| self.crowded(topology, id));
            crowded.is_none_or(|bus| bus.free() != Some(0))
        });
        view.free_ports = u64::try_from(free.count()).unwrap_or_default();
    }
}
