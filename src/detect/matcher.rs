//! The state of a comparison, and the steps that match devices by identity or place.

use std::collections::{HashMap, HashSet};

use super::matching::MatchedBy;
use super::place::{configured_place, live_address, live_place, offered_kind};
use super::signature::{Signature, is_named};
use crate::live::{Facts, LiveBusKind, LiveBusNo, LiveDevice, LiveNo, QdevAddress};
use crate::machine::{ChipsetPart, Offers};
use crate::model::{
    Address, ControllerIndex, ControllerKind, Device, DeviceClass, Domain, Kind, Placement,
};
use crate::topology::{BusId, Place, Topology};

/// The state of matching.
pub(super) struct Matcher<'a> {
    pub(super) domain: &'a Domain,
    pub(super) topology: &'a Topology,
    pub(super) facts: &'a Facts,
    pub(super) signatures: Vec<Signature>,
    /// By number of the device in the domain.
    pub(super) found: Vec<Option<(Option<LiveNo>, MatchedBy)>>,
    taken: HashSet<LiveNo>,
    /// The live controllers behind configured buses, and for PCI the live bus.
    holders: HashMap<BusId, LiveNo>,
    pub(super) buses: HashMap<BusId, LiveBusNo>,
    pub(super) parts: Vec<(LiveNo, &'static ChipsetPart)>,
    /// Whether the guest has the configured aliases as ids: a device without its id is then absent.
    pub(super) has_aliases: bool,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(domain: &'a Domain, topology: &'a Topology, facts: &'a Facts) -> Self {
        let signatures = domain
            .devices
            .iter()
            .map(|device| {
                let mirror = domain.is_mirror(device);
                if mirror { Signature::Nothing } else { Signature::of(device, topology.machine) }
            })
            .collect();
        Self {
            domain,
            topology,
            facts,
            signatures,
            found: vec![None; domain.devices.len()],
            taken: HashSet::new(),
            holders: HashMap::new(),
            buses: HashMap::new(),
            parts: Vec::new(),
            has_aliases: false,
        }
    }

    /// The configured devices that are still looked for.
    pub(super) fn open(&self) -> impl Iterator<Item = (usize, &'a Device, &Signature)> {
        let devices = self.domain.devices.iter().enumerate().zip(&self.signatures);
        devices
            .filter(|((nth, _), signature)| {
                **signature != Signature::Nothing
                    && self.found.get(*nth).is_some_and(Option::is_none)
            })
            .map(|((nth, device), signature)| (nth, device, signature))
    }

    /// The live devices without a match so far.
    pub(super) fn free(&self) -> impl Iterator<Item = LiveNo> {
        self.facts
            .numbered()
            .map(|(no, _)| no)
            .filter(|no| !self.taken.contains(no) && self.facts.has_address(*no))
    }

    pub(super) fn is_free(&self, no: LiveNo) -> bool {
        !self.taken.contains(&no)
    }

    pub(super) fn take(&mut self, nth: usize, no: LiveNo, matched_by: MatchedBy) {
        if let Some(found) = self.found.get_mut(nth) {
            *found = Some((Some(no), matched_by));
            self.taken.insert(no);
        }
    }

    pub(super) fn roots(&mut self) {
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
        self.buses.insert(BusId::Pci(ControllerIndex(0)), root);
        // A host bridge that is a device, on pSeries, is represented by the root controller.
        self.taken.extend(self.facts.bus(root).and_then(|bus| bus.holder));
        let roots = self
            .domain
            .devices
            .iter()
            .zip(&self.signatures)
            .position(|(_, w)| *w == Signature::Root);
        if let Some(found) = roots.and_then(|nth| self.found.get_mut(nth)) {
            *found = Some((None, MatchedBy::Chipset));
        }
    }

    /// Parts of the machine sit where they always do, and have no id.
    pub(super) fn parts(&mut self) {
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
                    && device.address == QdevAddress::Pci(part.at.slot, part.at.function)
                    && device.id.is_none()
                    && is
            };
            let Some(no) = self.free().find(at_home) else { continue };
            self.parts.push((no, part));
            let stand_in = self.domain.devices.iter().position(|device| {
                let resident = self.topology.node_of(device.key());
                resident
                    .and_then(|resident| self.topology.node(resident)?.part)
                    .is_some_and(|own| std::ptr::eq(own, part))
            });
            match stand_in {
                Some(nth) => self.take(nth, no, MatchedBy::Chipset),
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
            self.holders.insert(BusId::Drive(ControllerKind::Fdc, ControllerIndex(0)), holder);
        }
    }

    /// Matches devices of which a machine has one, however often they are configured.
    pub(super) fn board(&mut self) {
        let found: Vec<(usize, LiveNo)> = self
            .open()
            .filter_map(|(nth, _, signature)| {
                let Signature::Part(kind, drivers) = signature else { return None };
                let is = |(no, device): &(LiveNo, &LiveDevice)| {
                    self.facts.bus_kind(*no) == *kind
                        && device.driver.as_deref().is_some_and(|own| is_named(drivers, own))
                };
                self.facts.numbered().find(is).map(|(no, _)| (nth, no))
            })
            .collect();
        for (nth, no) in found {
            self.take(nth, no, MatchedBy::Chipset);
        }
    }

    pub(super) fn aliases(&mut self) {
        let mut pairs = Vec::new();
        for (nth, device) in self.domain.devices.iter().enumerate() {
            let (Some(alias), Some(signature)) = (&device.alias, self.signatures.get(nth)) else {
                continue;
            };
            if self.found.get(nth).is_none_or(Option::is_some) || *signature == Signature::Nothing {
                continue;
            }
            // Companions of one USB controller share an alias, and so do the parts of a pxb.
            let same = self.free().find(|no| {
                self.facts.device(*no).and_then(|live| live.id.as_ref()) == Some(alias)
                    && signature.fits(self.facts, *no)
                    && !pairs.iter().any(|(_, taken)| taken == no)
            });
            pairs.extend(same.map(|no| (nth, no)));
        }
        self.has_aliases = !pairs.is_empty();
        for (nth, no) in pairs {
            self.take(nth, no, MatchedBy::Alias);
        }
    }

    /// Matches unique properties: MAC addresses, media, names of ports.
    pub(super) fn unique(&mut self) {
        type UniqueWord<'w> = std::borrow::Cow<'w, str>;
        let facts = self.facts;
        let configured = |device: &'a Device, matched_by| -> Option<UniqueWord<'a>> {
            match (&device.kind, matched_by) {
                (Kind::Interface(nic), MatchedBy::Mac) => {
                    Some(nic.mac.as_deref()?.to_ascii_lowercase().into())
                }
                (Kind::Disk(disk), MatchedBy::Medium) => disk.source.as_deref().map(Into::into),
                (kind, MatchedBy::PortName) => {
                    kind.chardev()?.target_name.as_deref().map(Into::into)
                }
                _ => None,
            }
        };
        let live = |no: LiveNo, matched_by| -> Option<UniqueWord<'a>> {
            let device = facts.device(no)?;
            match matched_by {
                MatchedBy::Mac => device.mac.as_deref().map(Into::into),
                MatchedBy::Medium => facts.medium(no)?.file.as_deref().map(Into::into),
                _ => device.name.as_deref().map(Into::into),
            }
        };
        for matched_by in [MatchedBy::Mac, MatchedBy::Medium, MatchedBy::PortName] {
            let mut names: HashMap<UniqueWord<'a>, Vec<LiveNo>> = HashMap::new();
            for no in self.free() {
                if let Some(name) = live(no, matched_by) {
                    names.entry(name).or_default().push(no);
                }
            }
            // Also a device that is matched already makes a name a common one.
            let mut owners: HashMap<UniqueWord<'a>, u32> = HashMap::new();
            for device in &self.domain.devices {
                if let Some(name) = configured(device, matched_by) {
                    *owners.entry(name).or_default() += 1;
                }
            }
            let mut pairs = Vec::new();
            for (nth, device, signature) in self.open() {
                let Some(name) = configured(device, matched_by) else { continue };
                if let (Some([no]), Some(1)) =
                    (names.get(&name).map(Vec::as_slice), owners.get(&name))
                    && signature.fits(facts, *no)
                    && !self.is_other(device, *no)
                {
                    pairs.push((nth, *no));
                }
            }
            for (nth, no) in pairs {
                self.take(nth, no, matched_by);
            }
        }
    }

    /// Whether ids prove that a live device is not this one.
    pub(super) fn is_other(&self, device: &Device, no: LiveNo) -> bool {
        let id = self.facts.device(no).and_then(|live| live.id.as_ref());
        match (&device.alias, id) {
            (Some(alias), Some(id)) => alias != id,
            _ => false,
        }
    }

    /// Learns which live buses are behind the controllers that have been found.
    pub(super) fn open_buses(&mut self) -> bool {
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
                .node_of(device.key())
                .and_then(|resident| self.topology.node(resident)?.offers)
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

    /// Matches devices at the place that the XML gives, with the right model. A dynamic address (of
    /// 2009) is the last place of a device, not a fixed one.
    pub(super) fn places(&mut self) -> bool {
        let mut by_place: HashMap<(BusId, Place), Vec<LiveNo>> = HashMap::new();
        for no in self.free() {
            if let (Some(bus), Some(place)) = (self.bus_of(no), live_place(self.facts, no)) {
                by_place.entry((bus, place)).or_default().push(no);
            }
        }
        let mut pairs = Vec::new();
        for (nth, device, signature) in self.open() {
            let fixed =
                device.placement() == Placement::Static || device.class() == DeviceClass::Qemu;
            let Some(place) = configured_place(device, self.topology).filter(|_| fixed) else {
                continue;
            };
            let here = by_place.get(&place).map(Vec::as_slice);
            if let Some([no]) = here
                && signature.fits(self.facts, *no)
                && !self.is_other(device, *no)
                && !pairs.iter().any(|(_, taken)| taken == no)
            {
                pairs.push((nth, *no));
            }
        }
        let any = !pairs.is_empty();
        for (nth, no) in pairs {
            self.take(nth, no, MatchedBy::Place);
        }
        any
    }

    /// Returns the configured bus that a live device is on; for a USB device below a hub that of
    /// the hub.
    fn bus_of(&self, no: LiveNo) -> Option<BusId> {
        let kind = self.facts.bus_kind(no);
        let device = self.facts.device(no)?;
        let bus = device.bus?;
        let by_bus = self.buses.iter().find(|(_, live)| **live == bus).map(|(id, _)| *id);
        let by_holder = || {
            let holder = self.facts.holder(bus)?;
            let is = |id: &BusId| offered_kind(*id) == Some(kind);
            self.holders.iter().find(|(id, live)| **live == holder && is(id)).map(|(id, _)| *id)
        };
        match (by_bus.or_else(by_holder)?, device.address) {
            (BusId::Usb(index), QdevAddress::Usb(path)) => {
                Some(path.hub().map_or(BusId::Usb(index), |hub| BusId::Hub(index, hub)))
            }
            (bus, _) => Some(bus),
        }
    }

    fn index_of(&self, no: LiveNo) -> Option<ControllerIndex> {
        match self.bus_of(no)? {
            BusId::Pci(index)
            | BusId::Drive(_, index)
            | BusId::Usb(index)
            | BusId::Hub(index, _)
            | BusId::VirtioSerial(index)
            | BusId::Ccid(index) => Some(index),
            BusId::Ccw | BusId::SpaprVio | BusId::Isa => Some(ControllerIndex(0)),
            _ => None,
        }
    }

    /// The place of a live device as an address of its XML.
    pub(super) fn address(&self, device: &Device, no: LiveNo) -> Option<Address> {
        // libvirt chooses and does not write the ports of virtio consoles, and counts those on the
        // ISA bus; arguments have no XML.
        let chosen =
            device.class() == DeviceClass::Console || self.facts.bus_kind(no) == LiveBusKind::Isa;
        let silent = chosen && device.address.is_none();
        if silent || device.class() == DeviceClass::Qemu {
            return None;
        }
        let live = self.facts.device(no)?;
        let index = match live.bus {
            Some(_) => self.index_of(no)?,
            None => ControllerIndex(0),
        };
        let many = live.multifunction == Some(true);
        live_address(self.facts, no, index, device.address(), many)
    }
}
