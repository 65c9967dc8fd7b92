//! The comparison: what every row of the drawn guest is in the running one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::{LiveId, LiveMark, LiveNames};
use crate::detect::{LiveLocation, Matching};
use crate::live::{Facts, LiveDevice, LiveNo, QdevAddress};
use crate::model::address::{Function, Slot};
use crate::model::{DeviceClass, DeviceKey, Domain};
use crate::rows::path::path;
use crate::rows::{Guest, PathStep, Target, target_of};
use crate::topology::{BusId, GuestAddress, NodeId, NodeKind, Place, Topology};

/// What is known about one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// How it compares.
    pub mark: LiveMark,
    /// The live device it is.
    pub live: Option<LiveNo>,
    /// Where it runs, when that is elsewhere: `05.0`, `pci.3 00.0`.
    pub elsewhere: Option<String>,
}

/// A live device that is not configured.
#[derive(Clone, Debug)]
pub(super) struct Extra {
    pub(super) id: LiveId,
    pub(super) no: LiveNo,
    /// The row it stands below; none for what hangs on no drawn bus.
    pub(super) parent: Option<Target>,
    /// Where on a drawn bus.
    pub(super) site: Option<(BusId, Place)>,
    pub(super) address: QdevAddress,
}

impl Extra {
    /// The free place of the drawn guest it is at.
    pub(super) fn drawn(&self) -> Option<Target> {
        self.site.map(free_place)
    }
}

/// The running guest, compared with the one that is drawn.
#[derive(Debug)]
pub struct LiveGuest {
    /// What the monitor tells.
    pub facts: Arc<Facts>,
    /// Who is who.
    pub matching: Matching,
    /// Whether the guest finds devices by the bus numbers that the monitor tells.
    counts_buses: bool,
    notes: HashMap<Target, Note>,
    pub(super) extras: Vec<Extra>,
    /// Who runs where the drawn guest has somebody else, or nobody.
    pub(super) by_place: BTreeMap<(BusId, Place), Vec<Target>>,
}

impl LiveGuest {
    /// Compares the running guest that `facts` describe with `guest`, which is drawn; `written` is
    /// it without what libvirt would add. `asked` are the paths and ids of what was asked to go.
    pub fn compare(
        guest: Guest<'_>,
        written: &Domain,
        facts: Arc<Facts>,
        names: &mut LiveNames,
        asked: &[String],
    ) -> Self {
        let matching = Matching::of(written, &Topology::build(written), &facts).completed(
            guest.domain,
            guest.topology,
            &facts,
        );
        let mut live = Self {
            facts,
            matching,
            counts_buses: guest.topology.counts_buses(),
            notes: HashMap::new(),
            extras: Vec::new(),
            by_place: BTreeMap::new(),
        };
        live.note_pairs(guest);
        live.note_others(guest);
        live.note_mirror(guest);
        live.add_extras(guest, names);
        live.note_asked(asked);
        live
    }

    fn note_pairs(&mut self, guest: Guest<'_>) {
        let mut moved = Vec::new();
        for pair in &self.matching.matches {
            let target = Target::Device(pair.device);
            let resident = guest.topology.node_of(pair.device);
            let elsewhere = match (pair.live, resident) {
                (Some(no), Some(resident)) => {
                    let site = self.matching.locate(&self.facts, guest.topology, no);
                    self.elsewhere(guest, resident, no, site).inspect(|_| {
                        if let LiveLocation::Bus(bus, place) = site {
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
            self.by_place.entry(place).or_default().push(target);
        }
    }

    /// Where a live device is when that is not where its resident is drawn.
    fn elsewhere(
        &self,
        guest: Guest<'_>,
        resident: NodeId,
        no: LiveNo,
        site: LiveLocation,
    ) -> Option<String> {
        let resident = guest.topology.node(resident)?;
        if resident.bus.is_none() && resident.unplaced.is_none() {
            // A bus of the machine itself, with what offers it: there is one place for that.
            return None;
        }
        let drawn = resident.bus.and_then(|bus| guest.topology.bus(bus));
        // Where it is has no number in the XML: libvirt chooses and does not write it.
        let is_open = matches!(resident.place, Place::Unnumbered | Place::Device(_));
        match site {
            LiveLocation::Bus(bus, place) => {
                let same_bus = drawn.is_some_and(|drawn| drawn.id == bus);
                let same = same_bus && (is_open || place == resident.place);
                if same || place == Place::Unnumbered {
                    return None;
                }
                let name = guest.topology.bus_no(bus).and_then(|no| guest.topology.bus(no));
                let name = name.map_or_else(|| bus.to_string(), crate::topology::Bus::name);
                Some(if same_bus { place.to_string() } else { format!("{name} {place}") })
            }
            LiveLocation::On(_) | LiveLocation::Elsewhere
                if is_open && resident.unplaced.is_none() =>
            {
                None
            }
            LiveLocation::On(_) | LiveLocation::Elsewhere => Some(self.address(no)),
        }
    }

    /// A place in QEMU's words, `pci.5 03.0`; a listing only knows the guest's.
    pub(super) fn address(&self, no: LiveNo) -> String {
        let Some(device) = self.facts.device(no) else { return String::new() };
        let bus = device.bus.and_then(|bus| self.facts.bus(bus)?.name.as_deref());
        match (bus, self.guest_address(no)) {
            (Some(bus), _) => format!("{bus} {}", device.address),
            (None, Some(address)) => address.to_string(),
            (None, None) => device.address.to_string(),
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
        for (_, resident) in guest.topology.nodes() {
            let NodeKind::Chipset(part) = resident.kind else { continue };
            let found = self.matching.parts.iter().find(|(_, own)| std::ptr::eq(*own, part));
            let live = found.map(|(no, _)| *no);
            let mark = if live.is_some() { LiveMark::Same } else { LiveMark::Absent };
            let target = Target::Chipset(part.at);
            self.notes.insert(target, Note { mark, live, elsewhere: None });
        }
    }

    /// One port with two names runs, or does not, under both.
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

    fn add_extras(&mut self, guest: Guest<'_>, names: &mut LiveNames) {
        let facts = Arc::clone(&self.facts);
        let strangers: HashSet<LiveNo> = self.matching.unconfigured.iter().copied().collect();
        for no in self.matching.unconfigured.clone() {
            let site = self.matching.locate(&facts, guest.topology, no);
            let (parent, at) = match site {
                LiveLocation::Bus(bus, place) => (bus_row(guest, bus), Some((bus, place))),
                LiveLocation::On(holder) if strangers.contains(&holder) => {
                    (Some(Target::Live(names.id(&facts, holder))), None)
                }
                // Who has no row has nothing beneath it.
                LiveLocation::On(holder) => {
                    let row = self.target_of(holder);
                    (row.filter(|row| self.notes.contains_key(row)), None)
                }
                LiveLocation::Elsewhere => (None, None),
            };
            let id = names.id(&facts, no);
            let address = facts.device(no).map(|device| device.address).unwrap_or_default();
            self.extras.push(Extra { id, no, parent, site: at, address });
            let note = Note { mark: LiveMark::Only, live: Some(no), elsewhere: None };
            self.notes.insert(Target::Live(id), note);
            if let Some(at) = at {
                self.by_place.entry(at).or_default().push(Target::Live(id));
            }
        }
        self.extras
            .sort_by_key(|extra| (extra.site.map(|(_, place)| place), extra.address, extra.no));
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
        let extra = self.extras.iter().find(|extra| extra.no == no);
        let pair = || self.matching.of_live(no).map(|pair| Target::Device(pair.device));
        let part = || {
            let (_, part) = self.matching.parts.iter().find(|(own, _)| *own == no)?;
            Some(Target::Chipset(part.at))
        };
        extra.map(|extra| Target::Live(extra.id)).or_else(pair).or_else(part)
    }

    /// What is known about a row.
    pub fn note(&self, target: Target) -> Option<&Note> {
        self.notes.get(&target)
    }

    /// The live device a row stands for; in a free place the one that runs there.
    pub fn live_of(&self, target: Target) -> Option<LiveNo> {
        match target {
            Target::Free(bus, place) => {
                let here = self.here(bus, place);
                self.notes.get(here.first()?)?.live
            }
            target => self.notes.get(&target)?.live,
        }
    }

    /// Who runs at a place without being drawn there; at function 0 of a PCI slot, in the whole slot.
    pub fn here(&self, bus: BusId, place: Place) -> Vec<Target> {
        match place {
            Place::Pci(slot, Function::ZERO) => self.within(bus, slot_places(slot)),
            place => self.within(bus, place..=place),
        }
    }

    fn within(&self, bus: BusId, places: RangeInclusive<Place>) -> Vec<Target> {
        let (first, last) = places.into_inner();
        self.by_place
            .range((bus, first)..=(bus, last))
            .flat_map(|(_, here)| here)
            .copied()
            .collect()
    }

    /// The mark of a cell: of who is drawn in it, and of who runs at its places.
    pub fn cell(
        &self,
        guest: Guest<'_>,
        drawn: &[NodeId],
        at: Option<(BusId, RangeInclusive<Place>)>,
    ) -> Option<LiveMark> {
        let drawn = drawn.iter().filter_map(|no| target_of(guest, *no));
        let drawn = drawn.filter_map(|target| Some(self.notes.get(&target)?.mark));
        let here = at.map(|(bus, places)| self.within(bus, places)).unwrap_or_default();
        let here = here.into_iter().filter_map(|target| Some(self.notes.get(&target)?.mark));
        drawn.chain(here).min()
    }

    /// Controllers that something is on which is not configured: no run of identical ones hides
    /// them.
    pub fn apart(&self) -> HashSet<DeviceKey> {
        let parents = self.extras.iter().filter_map(|extra| match extra.parent? {
            Target::Device(key) => Some(key),
            _ => None,
        });
        let notes = self.notes.iter().filter_map(|(target, note)| match (target, note.mark) {
            (Target::Device(key), mark) if mark != LiveMark::Same => Some(*key),
            _ => None,
        });
        parents.chain(notes).collect()
    }

    /// The way from the machine down to a row, as [`path`] for those of the XML.
    pub fn path(&self, guest: Guest<'_>, target: Target) -> Vec<PathStep> {
        let mut below = Vec::new();
        let mut at = Some(target);
        // No ring is longer than there are devices.
        for _ in 0..=self.extras.len() {
            let Some(Target::Live(id)) = at else { break };
            let Some(extra) = self.extras.iter().find(|extra| extra.id == id) else { break };
            below.push(PathStep { target: Target::Live(id), label: self.label(extra) });
            at = extra.parent;
        }
        let mut steps = match at {
            Some(Target::Live(_)) | None => Vec::new(),
            Some(target) => path(guest, target),
        };
        steps.extend(below.into_iter().rev());
        steps
    }

    /// What of the drawn guest stands for a row: for a live device that is not configured the free
    /// place it is at, or else what it hangs on.
    pub fn drawn(&self, guest: Guest<'_>, target: Target) -> Option<Target> {
        let steps = self.path(guest, target);
        steps.iter().rev().find_map(|step| match step.target {
            Target::Live(id) => self.extras.iter().find(|extra| extra.id == id)?.drawn(),
            target => Some(target),
        })
    }

    /// Free places with the live devices that are there.
    pub fn places(&self) -> impl Iterator<Item = (Target, Target)> {
        self.extras.iter().filter_map(|extra| Some((extra.drawn()?, Target::Live(extra.id))))
    }

    /// The place of a live device beneath its parent.
    pub(super) fn label(&self, extra: &Extra) -> String {
        match (extra.site, extra.parent) {
            (Some((_, place)), _) => place.to_string(),
            (None, Some(_)) => match extra.address {
                // On a hub, by the hub's own port.
                QdevAddress::Usb(path) => path.last().to_string(),
                address => address.to_string(),
            },
            (None, None) => self.address(extra.no),
        }
    }

    /// Where the guest finds a device.
    pub(super) fn guest_address(&self, no: LiveNo) -> Option<GuestAddress> {
        let device = self.facts.device(no)?;
        let bus = device.pci.as_ref()?.bus.filter(|_| self.counts_buses)?;
        match device.address {
            QdevAddress::Pci(slot, function) => Some(GuestAddress { bus, slot, function }),
            _ => None,
        }
    }
}

/// A place as it is selected where nobody is drawn: of a PCI slot the whole.
fn free_place((bus, place): (BusId, Place)) -> Target {
    let place = match place {
        Place::Pci(slot, _) => Place::Pci(slot, Function::ZERO),
        place => place,
    };
    Target::Free(bus, place)
}

/// All functions of a slot.
pub fn slot_places(slot: Slot) -> RangeInclusive<Place> {
    Place::Pci(slot, Function::ZERO)..=Place::Pci(slot, Function::MAX)
}

/// The row of a bus: that of its controller, or its own.
fn bus_row(guest: Guest<'_>, id: BusId) -> Option<Target> {
    let bus = guest.topology.bus(guest.topology.bus_no(id)?)?;
    match bus.parent {
        Some(holder) => target_of(guest, holder),
        None => Some(Target::Bus(id)),
    }
}
