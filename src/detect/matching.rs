//! Which live device is which configured one, on what grounds, and how sure.
//!
//! The grounds, best first: an id; a fixed part of the machine; a MAC address, a medium or a port's
//! name that nobody else has; the way through bridges with slot and function; what is left when
//! only one fits; and, as in 2009, the order among devices with equal ids. What none of them
//! decides is ambiguous, and stays so.

use std::collections::{HashMap, HashSet};

use super::ambiguity;
use super::signature::{Want, is_named};
use super::spot::{Spot, offered_kind};
use crate::live::Progress;
use crate::live::{Facts, LiveBusKind, LiveBusNo, LiveDevice, LiveNo};
use crate::machine::{ChipsetPart, Offers};
use crate::model::{
    Address, ControllerIndex, Device, DeviceClass, DeviceKey, Domain, Kind, Placement,
};
use crate::topology::{BusId, Topology};

/// What says that a live device is a configured one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// Its id is the configured alias.
    Alias,
    /// It is a fixed part of the machine.
    Chipset,
    /// It has the configured MAC address, and only it.
    Mac,
    /// It shows the configured medium, and only it.
    Medium,
    /// It is the port of that name.
    PortName,
    /// It is at the configured place, and of the configured model.
    Place,
    /// It is where the configured one was last, and of its model.
    Remembered,
    /// Nothing else is of its model.
    Only,
    /// Its turn among devices of one model: they were created in the order of the XML.
    Order,
}

impl Basis {
    /// In a few words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Alias => "alias",
            Self::Chipset => "chipset",
            Self::Mac => "MAC address",
            Self::Medium => "medium",
            Self::PortName => "port name",
            Self::Place => "place",
            Self::Remembered => "place it had last",
            Self::Only => "only one of its model",
            Self::Order => "order among its model",
        }
    }

    /// How sure it is.
    pub fn confidence(self) -> Confidence {
        match self {
            Self::Remembered | Self::Only | Self::Order => Confidence::Likely,
            _ => Confidence::Certain,
        }
    }
}

/// How sure a match is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It rests on an assumption about how the guest was started.
    Likely,
    /// It cannot be another.
    Certain,
}

impl Confidence {
    /// `likely` or `certain`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}

/// A configured device and the live one it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The configured device.
    pub device: DeviceKey,
    /// The live one; `None` for the root controller, which is a bus.
    pub live: Option<LiveNo>,
    /// On what grounds.
    pub basis: Basis,
    /// Where it is, as its XML would say; `None` when the XML has no words for it, such as behind
    /// a bridge that the XML does not mention.
    pub address: Option<Address>,
    /// Against what the XML says.
    pub change: Change,
}

/// What detection changes about a device's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// The XML says so already, or an address is not for it to say.
    Same,
    /// The XML says none.
    New,
    /// The XML says another.
    Moved,
}

/// Devices that cannot be told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ambiguity {
    /// The configured ones.
    pub devices: Vec<DeviceKey>,
    /// The live ones.
    pub live: Vec<LiveNo>,
}

/// The whole comparison of a domain with a running guest.
#[derive(Clone, Debug)]
pub struct Pairing {
    /// Who is who, in document order.
    pub pairs: Vec<Pair>,
    /// Who cannot be told.
    pub ambiguous: Vec<Ambiguity>,
    /// Configured devices that the guest does not have.
    pub gone: Vec<DeviceKey>,
    /// Configured devices that may be behind a bridge that firmware has not numbered yet.
    pub hidden: Vec<DeviceKey>,
    /// Live devices that the XML does not mention and could.
    pub strangers: Vec<LiveNo>,
    /// Live devices that are parts of the machine.
    pub parts: Vec<(LiveNo, &'static ChipsetPart)>,
    /// Which live bus is behind which configured controller. The only place where libvirt's
    /// indexes and the guest's bus numbers meet.
    pub buses: Vec<(BusId, LiveBusNo)>,
    /// How far firmware is.
    pub progress: Progress,
}

/// The state of matching.
pub(super) struct Matcher<'a> {
    pub(super) domain: &'a Domain,
    pub(super) topology: &'a Topology,
    pub(super) facts: &'a Facts,
    pub(super) wants: Vec<Want>,
    /// By number of the device in the domain.
    found: Vec<Option<(Option<LiveNo>, Basis)>>,
    taken: HashSet<LiveNo>,
    /// The live controllers behind configured buses, and for PCI the live bus.
    holders: HashMap<BusId, LiveNo>,
    buses: HashMap<BusId, LiveBusNo>,
    parts: Vec<(LiveNo, &'static ChipsetPart)>,
    /// Whether the guest has the configured aliases as ids: a device without its own is then gone.
    pub(super) has_aliases: bool,
}

impl Pairing {
    /// Compares `domain` with the guest `facts` describe.
    pub fn of(domain: &Domain, topology: &Topology, facts: &Facts) -> Self {
        let mut matcher = Matcher::new(domain, topology, facts);
        matcher.roots();
        matcher.parts();
        matcher.board();
        matcher.aliases();
        matcher.unique();
        loop {
            while matcher.open_buses() | matcher.places() {}
            if !ambiguity::resolve(&mut matcher) {
                break;
            }
        }
        matcher.finish()
    }

    /// The pair of a configured device.
    pub fn of_device(&self, key: DeviceKey) -> Option<&Pair> {
        self.pairs.iter().find(|pair| pair.device == key)
    }

    /// The pair of a live device.
    pub fn of_live(&self, no: LiveNo) -> Option<&Pair> {
        self.pairs.iter().find(|pair| pair.live == Some(no))
    }

    /// The configured device at whose bus a live one sits: what `bus=` in its address would name.
    pub fn bus_id(&self, no: LiveBusNo) -> Option<BusId> {
        self.buses.iter().find(|(_, live)| *live == no).map(|(id, _)| *id)
    }

    /// Whether the guest is exactly as the XML says.
    pub fn is_same(&self) -> bool {
        self.pairs.iter().all(|pair| pair.change == Change::Same)
            && self.ambiguous.is_empty()
            && self.gone.is_empty()
            && self.hidden.is_empty()
            && self.strangers.is_empty()
    }
}

impl<'a> Matcher<'a> {
    fn new(domain: &'a Domain, topology: &'a Topology, facts: &'a Facts) -> Self {
        let wants = domain
            .devices
            .iter()
            .map(|device| {
                let mirror = domain.is_mirror(device);
                if mirror { Want::Nothing } else { Want::of(device, topology.machine) }
            })
            .collect();
        Self {
            domain,
            topology,
            facts,
            wants,
            found: vec![None; domain.devices.len()],
            taken: HashSet::new(),
            holders: HashMap::new(),
            buses: HashMap::new(),
            parts: Vec::new(),
            has_aliases: false,
        }
    }

    /// The configured devices that are still looked for.
    pub(super) fn open(&self) -> impl Iterator<Item = (usize, &'a Device, &Want)> {
        let devices = self.domain.devices.iter().enumerate().zip(&self.wants);
        devices
            .filter(|((nth, _), want)| {
                **want != Want::Nothing && self.found.get(*nth).is_some_and(Option::is_none)
            })
            .map(|((nth, device), want)| (nth, device, want))
    }

    /// The live devices that nobody is yet.
    pub(super) fn free(&self) -> impl Iterator<Item = LiveNo> {
        self.facts
            .numbered()
            .map(|(no, _)| no)
            .filter(|no| !self.taken.contains(no) && self.facts.is_seated(*no))
    }

    pub(super) fn is_free(&self, no: LiveNo) -> bool {
        !self.taken.contains(&no)
    }

    pub(super) fn take(&mut self, nth: usize, no: LiveNo, basis: Basis) {
        if let Some(found) = self.found.get_mut(nth) {
            *found = Some((Some(no), basis));
            self.taken.insert(no);
        }
    }

    fn roots(&mut self) {
        const ROOTS: [(LiveBusKind, BusId); 3] = [
            (LiveBusKind::Ccw, BusId::Ccw),
            (LiveBusKind::Vio, BusId::SpaprVio),
            (LiveBusKind::Isa, BusId::Isa),
        ];
        for (kind, id) in ROOTS {
            let bus = self.facts.numbered_buses().find(|(_, bus)| bus.kind == kind);
            self.buses.extend(bus.map(|(no, _)| (id, no)));
        }
        let Some(root) = self.facts.main_root() else { return };
        self.buses.insert(BusId::Pci(crate::model::ControllerIndex(0)), root);
        // A host bridge that is a device, on pSeries, is what the root controller stands for.
        self.taken.extend(self.facts.bus(root).and_then(|bus| bus.holder));
        let roots = self.domain.devices.iter().zip(&self.wants).position(|(_, w)| *w == Want::Root);
        if let Some(found) = roots.and_then(|nth| self.found.get_mut(nth)) {
            *found = Some((None, Basis::Chipset));
        }
    }

    /// Parts of the machine sit where they always do, and have no id.
    fn parts(&mut self) {
        let Some(root) = self.facts.main_root() else { return };
        for part in self.topology.machine.chipset() {
            let at_home = |no: &LiveNo| {
                let Some(device) = self.facts.device(*no) else { return false };
                let pci = device.pci.as_ref();
                let is = match pci.and_then(|pci| pci.id) {
                    Some(id) => id == part.id,
                    None => pci.and_then(|pci| pci.class).is_none_or(|class| class == part.class),
                };
                device.bus == Some(root)
                    && device.seat == crate::live::Seat::Pci(part.at.slot, part.at.function)
                    && device.id.is_none()
                    && is
            };
            let Some(no) = self.free().find(at_home) else { continue };
            self.parts.push((no, part));
            let stand_in = self.domain.devices.iter().position(|device| {
                let resident = self.topology.resident_of(device.key());
                resident
                    .and_then(|resident| self.topology.resident(resident)?.part)
                    .is_some_and(|own| std::ptr::eq(own, part))
            });
            match stand_in {
                Some(nth) => self.take(nth, no, Basis::Chipset),
                None => {
                    self.taken.insert(no);
                }
            }
            if let Offers::Controller(kind) = part.offers {
                self.holders.insert(BusId::Drive(kind, ControllerIndex(0)), no);
            }
        }
        // Machines have one floppy controller, on the ISA bus.
        let floppy = self.facts.numbered_buses().find(|(_, bus)| bus.kind == LiveBusKind::Floppy);
        if let Some(holder) = floppy.and_then(|(no, _)| self.facts.holder(no)) {
            self.holders.insert(
                BusId::Drive(crate::model::ControllerKind::Fdc, ControllerIndex(0)),
                holder,
            );
        }
    }

    /// What a machine has one of is the one that is configured, however often.
    fn board(&mut self) {
        let found: Vec<(usize, LiveNo)> = self
            .open()
            .filter_map(|(nth, _, want)| {
                let Want::Part(kind, drivers) = want else { return None };
                let is = |(no, device): &(LiveNo, &LiveDevice)| {
                    self.facts.bus_kind(*no) == *kind
                        && device.driver.as_deref().is_some_and(|own| is_named(drivers, own))
                };
                self.facts.numbered().find(is).map(|(no, _)| (nth, no))
            })
            .collect();
        for (nth, no) in found {
            self.take(nth, no, Basis::Chipset);
        }
    }

    fn aliases(&mut self) {
        let mut pairs = Vec::new();
        for (nth, device) in self.domain.devices.iter().enumerate() {
            let (Some(alias), Some(want)) = (&device.alias, self.wants.get(nth)) else { continue };
            if self.found.get(nth).is_none_or(Option::is_some) || *want == Want::Nothing {
                continue;
            }
            // Companions of one USB controller share an alias, and so does what is inside a pxb.
            let same = self.free().find(|no| {
                self.facts.device(*no).and_then(|live| live.id.as_ref()) == Some(alias)
                    && want.fits(self.facts, *no)
                    && !pairs.iter().any(|(_, taken)| taken == no)
            });
            pairs.extend(same.map(|no| (nth, no)));
        }
        self.has_aliases = !pairs.is_empty();
        for (nth, no) in pairs {
            self.take(nth, no, Basis::Alias);
        }
    }

    /// What nobody else has: MAC addresses, media, names of ports.
    fn unique(&mut self) {
        type Word<'w> = std::borrow::Cow<'w, str>;
        let facts = self.facts;
        let configured = |device: &'a Device, basis| -> Option<Word<'a>> {
            match (&device.kind, basis) {
                (Kind::Interface(nic), Basis::Mac) => {
                    Some(nic.mac.as_deref()?.to_ascii_lowercase().into())
                }
                (Kind::Disk(disk), Basis::Medium) => disk.source.as_deref().map(Into::into),
                (kind, Basis::PortName) => kind.chardev()?.target_name.as_deref().map(Into::into),
                _ => None,
            }
        };
        let live = |no: LiveNo, basis| -> Option<Word<'a>> {
            let device = facts.device(no)?;
            match basis {
                Basis::Mac => device.mac.as_deref().map(Into::into),
                Basis::Medium => facts.medium(no)?.file.as_deref().map(Into::into),
                _ => device.name.as_deref().map(Into::into),
            }
        };
        for basis in [Basis::Mac, Basis::Medium, Basis::PortName] {
            let mut names: HashMap<Word<'a>, Vec<LiveNo>> = HashMap::new();
            for no in self.free() {
                if let Some(name) = live(no, basis) {
                    names.entry(name).or_default().push(no);
                }
            }
            // Also a device that is matched already makes a name a common one.
            let mut owners: HashMap<Word<'a>, u32> = HashMap::new();
            for device in &self.domain.devices {
                if let Some(name) = configured(device, basis) {
                    *owners.entry(name).or_default() += 1;
                }
            }
            let mut pairs = Vec::new();
            for (nth, device, want) in self.open() {
                let Some(name) = configured(device, basis) else { continue };
                if let (Some([no]), Some(1)) =
                    (names.get(&name).map(Vec::as_slice), owners.get(&name))
                    && want.fits(facts, *no)
                    && !self.is_other(device, *no)
                {
                    pairs.push((nth, *no));
                }
            }
            for (nth, no) in pairs {
                self.take(nth, no, basis);
            }
        }
    }

    /// Whether ids say that a live device is not this one.
    pub(super) fn is_other(&self, device: &Device, no: LiveNo) -> bool {
        let id = self.facts.device(no).and_then(|live| live.id.as_ref());
        match (&device.alias, id) {
            (Some(alias), Some(id)) => alias != id,
            _ => false,
        }
    }

    /// Learns which live buses are behind the controllers that have been found.
    fn open_buses(&mut self) -> bool {
        let mut learnt = false;
        let found: Vec<(usize, LiveNo)> = self
            .found
            .iter()
            .enumerate()
            .filter_map(|(nth, found)| Some((nth, found.as_ref()?.0?)))
            .collect();
        for (nth, no) in found {
            let Some(device) = self.domain.devices.get(nth) else { continue };
            let offered = self
                .topology
                .resident_of(device.key())
                .and_then(|resident| self.topology.resident(resident)?.offers)
                .and_then(|bus| self.topology.bus(bus));
            let Some(id) = offered.map(|bus| bus.id) else { continue };
            if self.holders.contains_key(&id) {
                continue;
            }
            self.holders.insert(id, no);
            learnt = true;
            if let Some(bus) = self.facts.offered(no, offered_kind(id)) {
                self.buses.insert(id, bus);
            }
        }
        learnt
    }

    /// Devices that are where the XML says, and what it says. A dynamic address (2009's) says where
    /// a device was, not where it has to be.
    fn places(&mut self) -> bool {
        let mut by_place: HashMap<(LiveNo, Spot), Vec<LiveNo>> = HashMap::new();
        let mut by_bus: HashMap<(LiveBusNo, Spot), Vec<LiveNo>> = HashMap::new();
        for no in self.free() {
            let (Some(device), Some(spot)) = (self.facts.device(no), Spot::live(self.facts, no))
            else {
                continue;
            };
            let Some(bus) = device.bus else { continue };
            by_bus.entry((bus, spot)).or_default().push(no);
            if let Some(holder) = self.facts.holder(bus) {
                by_place.entry((holder, spot)).or_default().push(no);
            }
        }
        let mut pairs = Vec::new();
        for (nth, device, want) in self.open() {
            let fixed =
                device.placement() == Placement::Static || device.class() == DeviceClass::Qemu;
            let Some((id, spot)) = Spot::configured(device, self.topology).filter(|_| fixed) else {
                continue;
            };
            let on_bus = self.buses.get(&id).and_then(|bus| by_bus.get(&(*bus, spot)));
            let on_holder = || self.holders.get(&id).and_then(|no| by_place.get(&(*no, spot)));
            let here = on_bus.or_else(on_holder).map(Vec::as_slice);
            if let Some([no]) = here
                && want.fits(self.facts, *no)
                && !self.is_other(device, *no)
                && !pairs.iter().any(|(_, taken)| taken == no)
            {
                pairs.push((nth, *no));
            }
        }
        let any = !pairs.is_empty();
        for (nth, no) in pairs {
            self.take(nth, no, Basis::Place);
        }
        any
    }

    fn index_of(&self, no: LiveNo) -> Option<ControllerIndex> {
        let kind = self.facts.bus_kind(no);
        let bus = self.facts.device(no)?.bus?;
        let by_bus = self.buses.iter().find(|(_, live)| **live == bus).map(|(id, _)| *id);
        let by_holder = || {
            let holder = self.facts.holder(bus)?;
            let is = |id: &BusId| offered_kind(*id) == Some(kind);
            self.holders.iter().find(|(id, live)| **live == holder && is(id)).map(|(id, _)| *id)
        };
        match by_bus.or_else(by_holder)? {
            BusId::Pci(index)
            | BusId::Drive(_, index)
            | BusId::Usb(index)
            | BusId::VirtioSerial(index)
            | BusId::Ccid(index) => Some(index),
            BusId::Ccw | BusId::SpaprVio | BusId::Isa => Some(ControllerIndex(0)),
            _ => None,
        }
    }

    /// Where a live device is, in the words of its XML.
    fn address(&self, device: &Device, no: LiveNo) -> Option<Address> {
        // libvirt chooses and does not write the ports of virtio consoles, and counts those on the
        // ISA bus; arguments have no XML.
        let chosen =
            device.class() == DeviceClass::Console || self.facts.bus_kind(no) == LiveBusKind::Isa;
        let silent = chosen && device.address.is_none();
        if silent || device.class() == DeviceClass::Qemu {
            return None;
        }
        let live = self.facts.device(no)?;
        let kind = self.facts.bus_kind(no);
        let spot = Spot::live(self.facts, no)?;
        let index = match live.bus {
            Some(_) => self.index_of(no)?,
            None => ControllerIndex(0),
        };
        Some(spot.address(kind, index, device.value(), live.multifunction == Some(true)))
    }

    fn finish(mut self) -> Pairing {
        let progress = Progress::of(self.facts);
        let ambiguous = ambiguity::ambiguous(&self);
        let unsure: HashSet<DeviceKey> =
            ambiguous.iter().flat_map(|group| group.devices.iter().copied()).collect();
        let unsure_live: HashSet<LiveNo> =
            ambiguous.iter().flat_map(|group| group.live.iter().copied()).collect();
        let (mut gone, mut hidden) = (Vec::new(), Vec::new());
        for (_, device, want) in
            self.open().filter(|(_, device, _)| !unsure.contains(&device.key()))
        {
            // A listing tells nothing about drives and ports: they are neither there nor gone.
            if !self.facts.has_tree && !matches!(want, Want::Pci { .. }) {
                continue;
            }
            if ambiguity::is_hidden(&self, device, &progress) {
                hidden.push(device.key());
            } else {
                gone.push(device.key());
            }
        }
        let strangers = self.free().filter(|no| !unsure_live.contains(no)).collect();
        let pairs = self
            .domain
            .devices
            .iter()
            .enumerate()
            .filter_map(|(nth, device)| {
                let (live, basis) = (*self.found.get(nth)?)?;
                let address = live.and_then(|no| self.address(device, no));
                let change = compare(device.value(), address.as_ref());
                Some(Pair { device: device.key(), live, basis, address, change })
            })
            .collect();
        let mut buses: Vec<(BusId, LiveBusNo)> = self.buses.drain().collect();
        buses.sort_unstable();
        Pairing { pairs, ambiguous, gone, hidden, strangers, parts: self.parts, buses, progress }
    }
}

/// What is different between a written and a detected address.
fn compare(old: Option<&Address>, new: Option<&Address>) -> Change {
    match (old, new) {
        (_, None) => Change::Same,
        (Some(Address::Usb(old)), Some(Address::Usb(new)))
            if old.port.is_none() && old.dev.is_some() =>
        {
            // 2009's device number is compared where it is written.
            if old.bus == new.bus { Change::Same } else { Change::Moved }
        }
        (Some(old), Some(new)) if old.is_complete() => {
            if old.place() == new.place() && old.kind() == new.kind() {
                Change::Same
            } else {
                Change::Moved
            }
        }
        (_, Some(_)) => Change::New,
    }
}
