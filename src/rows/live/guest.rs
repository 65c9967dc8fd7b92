//! The comparison of the running guest with the one that is drawn.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::nodes::LiveNodes;
use super::{LiveMark, LiveNames};
use crate::detect::{LiveLocation, Matching};
use crate::live::{Facts, LiveDevice, LiveNo};
use crate::model::address::{Function, Slot};
use crate::model::{DeviceClass, DeviceKey, Domain};
use crate::rows::{Guest, Target, target_of};
use crate::topology::{BusId, GuestAddress, LiveId, NodeId, NodeKind, Place, Topology};

/// The comparison of one row with the running guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The result as a mark.
    pub mark: LiveMark,
    /// The live device it is.
    pub live: Option<LiveNo>,
    /// The place where it runs, when that is another one: `05.0`, `pci.3 00.0`.
    pub elsewhere: Option<String>,
}

/// The running guest, compared with the one that is drawn.
#[derive(Debug)]
pub struct LiveGuest {
    /// The answers of the monitor.
    pub facts: Arc<Facts>,
    /// The live device of each configured one.
    pub matching: Matching,
    /// The drawn guest with its live devices: what is to be drawn now.
    pub topology: Topology,
    /// Whether the guest identifies devices by the bus numbers that the monitor reports.
    counts_buses: bool,
    notes: HashMap<Target, Note>,
    /// The numbers of live devices that are not configured.
    ids: HashMap<LiveNo, LiveId>,
    /// Configured devices by the place where they run, if they are drawn elsewhere.
    moved: BTreeMap<(BusId, Place), Vec<Target>>,
}

impl LiveGuest {
    /// Compares the running guest that `facts` describe with `guest`, which is drawn; `written` is
    /// it without what libvirt would add. `asked` are the paths and ids of devices that were asked
    /// to go.
    pub fn compare(
        guest: Guest<'_>,
        written: &Domain,
        facts: Arc<Facts>,
        names: &mut LiveNames,
        asked: &[String],
    ) -> Self {
        let topology = guest.topology;
        let matching = Matching::of(written, &Topology::build(written), &facts).completed(
            guest.domain,
            topology,
            &facts,
        );
        let mut ids = HashMap::new();
        let nodes = LiveNodes { facts: &facts, matching: &matching, topology };
        let devices = nodes.describe(names, &mut ids);
        let mut live = Self {
            facts,
            matching,
            topology: topology.clone(),
            counts_buses: topology.counts_buses(),
            notes: HashMap::new(),
            ids,
            moved: BTreeMap::new(),
        };
        live.note_matches(guest);
        live.note_others(guest);
        live.note_mirror(guest);
        for (no, id) in &live.ids {
            let note = Note { mark: LiveMark::Only, live: Some(*no), elsewhere: None };
            live.notes.insert(Target::Live(*id), note);
        }
        live.note_asked(asked);
        live.topology = topology.with_live(devices, live.moved.keys().copied());
        live
    }

    /// The guest to draw: the devices of `domain`, which was compared, and the live ones.
    pub fn guest<'g>(&'g self, domain: &'g Domain) -> Guest<'g> {
        Guest { domain, topology: &self.topology }
    }

    fn note_matches(&mut self, guest: Guest<'_>) {
        let mut moved = Vec::new();
        for pair in &self.matching.matches {
            let target = Target::Device(pair.device);
            let elsewhere = match (pair.live, guest.topology.node_of(pair.device)) {
                (Some(no), Some(node)) => {
                    let location = self.matching.locate(&self.facts, guest.topology, no);
                    self.elsewhere(guest, node, no, location).inspect(|_| {
                        if let LiveLocation::Bus(bus, place) = location {
                            moved.push(((bus, place), target));
                        }
                    })
                }
                _ => None,
            };
            let mark = if elsewhere.is_some() { LiveMark::Moved } else { LiveMark::Same };
            self.notes.insert(target, Note { mark, live: pair.live, elsewhere });
        }
        for (place, target) in moved {
            self.moved.entry(place).or_default().push(target);
        }
    }

    /// The place of a live device when that is not where its node is drawn.
    fn elsewhere(
        &self,
        guest: Guest<'_>,
        node: NodeId,
        no: LiveNo,
        location: LiveLocation,
    ) -> Option<String> {
        let node = guest.topology.node(node)?;
        if node.bus.is_none() && node.unplaced.is_none() {
            // A bus of the machine itself, with its controller: there is one place for that.
            return None;
        }
        let drawn = node.bus.and_then(|bus| guest.topology.bus(bus));
        // Its place has no number in the XML: libvirt chooses one and does not write it.
        let is_open = matches!(node.place, Place::Unnumbered | Place::Device(_));
        match location {
            LiveLocation::Bus(bus, place) => {
                let same_bus = drawn.is_some_and(|drawn| drawn.id == bus);
                let same = same_bus && (is_open || place == node.place);
                if same || place == Place::Unnumbered {
                    return None;
                }
                let name = guest.topology.bus_no(bus).and_then(|no| guest.topology.bus(no));
                let name = name.map_or_else(|| bus.to_string(), crate::topology::Bus::name);
                Some(if same_bus { place.to_string() } else { format!("{name} {place}") })
            }
            LiveLocation::On(_) | LiveLocation::Elsewhere if is_open && node.unplaced.is_none() => {
                None
            }
            LiveLocation::On(_) | LiveLocation::Elsewhere => Some(self.facts.full_address(no)),
        }
    }

    fn note_others(&mut self, guest: Guest<'_>) {
        let note = |mark| Note { mark, live: None, elsewhere: None };
        for key in &self.matching.absent {
            self.notes.insert(Target::Device(*key), note(LiveMark::Absent));
        }
        let unsure = self.matching.ambiguous.iter().flat_map(|group| &group.devices);
        for key in self.matching.not_enumerated.iter().chain(unsure) {
            self.notes.insert(Target::Device(*key), note(LiveMark::Unknown));
        }
        for (_, node) in guest.topology.nodes() {
            let NodeKind::Chipset(part) = node.kind else { continue };
            let found = self.matching.parts.iter().find(|(_, own)| std::ptr::eq(*own, part));
            let live = found.map(|(no, _)| *no);
            let mark = if live.is_some() { LiveMark::Same } else { LiveMark::Absent };
            let target = Target::Chipset(part.at);
            self.notes.insert(target, Note { mark, live, elsewhere: None });
        }
    }

    /// Gives both names of a port the same comparison.
    fn note_mirror(&mut self, guest: Guest<'_>) {
        let domain = guest.domain;
        let Some(mirror) = domain.devices.iter().find(|device| domain.is_mirror(device)) else {
            return;
        };
        let port = domain.of_class(DeviceClass::Serial).next();
        let note = port.and_then(|port| self.note(Target::Device(port.key()))).cloned();
        if let Some(note) = note {
            self.notes.insert(Target::Device(mirror.key()), note);
        }
    }

    fn note_asked(&mut self, asked: &[String]) {
        for note in self.notes.values_mut() {
            let device = note.live.and_then(|no| self.facts.device(no));
            let names = |device: &LiveDevice| {
                let own = [&device.path, &device.id];
                own.into_iter().flatten().any(|name| asked.iter().any(|asked| **asked == **name))
            };
            if device.is_some_and(names) {
                note.mark = LiveMark::Waiting;
            }
        }
    }

    /// The row of a live device.
    pub fn target_of(&self, no: LiveNo) -> Option<Target> {
        let own = self.ids.get(&no).map(|id| Target::Live(*id));
        let configured = || self.matching.of_live(no).map(|pair| Target::Device(pair.device));
        let part = || {
            let (_, part) = self.matching.parts.iter().find(|(own, _)| *own == no)?;
            Some(Target::Chipset(part.at))
        };
        own.or_else(configured).or_else(part)
    }

    /// The comparison of a row.
    pub fn note(&self, target: Target) -> Option<&Note> {
        self.notes.get(&target)
    }

    /// The live device of a row; of a place where a device runs that is drawn elsewhere, that one.
    pub fn live_of(&self, target: Target) -> Option<LiveNo> {
        match target {
            Target::Free(bus, place) => {
                let here = self.moved_to(bus, place);
                self.notes.get(here.first()?)?.live
            }
            target => self.notes.get(&target)?.live,
        }
    }

    /// The configured devices that run at a place and are drawn elsewhere; at function 0 of a PCI
    /// slot those in the whole slot.
    pub fn moved_to(&self, bus: BusId, place: Place) -> Vec<Target> {
        match place {
            Place::Pci(slot, Function::ZERO) => self.moved_within(bus, slot_places(slot)),
            place => self.moved_within(bus, place..=place),
        }
    }

    fn moved_within(&self, bus: BusId, places: RangeInclusive<Place>) -> Vec<Target> {
        let (first, last) = places.into_inner();
        self.moved.range((bus, first)..=(bus, last)).flat_map(|(_, here)| here).copied().collect()
    }

    /// The mark of a cell: of the nodes that are drawn in it, and of devices that run at its places.
    pub fn cell(
        &self,
        guest: Guest<'_>,
        drawn: &[NodeId],
        at: Option<(BusId, RangeInclusive<Place>)>,
    ) -> Option<LiveMark> {
        let drawn = drawn.iter().filter_map(|no| target_of(guest, *no));
        let here = at.map(|(bus, places)| self.moved_within(bus, places)).unwrap_or_default();
        let notes = drawn.chain(here).filter_map(|target| self.notes.get(&target));
        notes.map(|note| note.mark).min()
    }

    /// Devices that do not run as configured: no run of identical ones hides them.
    pub fn apart(&self) -> HashSet<DeviceKey> {
        let notes = self.notes.iter().filter_map(|(target, note)| match (target, note.mark) {
            (Target::Device(key), mark) if mark != LiveMark::Same => Some(*key),
            _ => None,
        });
        notes.collect()
    }

    /// The address by which the guest finds a device.
    pub(super) fn guest_address(&self, no: LiveNo) -> Option<GuestAddress> {
        self.facts.guest_address(no).filter(|_| self.counts_buses)
    }
}

/// All functions of a slot.
pub fn slot_places(slot: Slot) -> RangeInclusive<Place> {
    Place::Pci(slot, Function::ZERO)..=Place::Pci(slot, Function::MAX)
}
