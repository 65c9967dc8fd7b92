//! The comparison of a domain with a running guest: the steps of matching in their order, and the
//! result.

use std::collections::HashSet;

use super::ambiguity;
use super::matcher::Matcher;
use super::matching::{AddressDiff, Match, Matching};
use super::signature::Signature;
use crate::live::{Enumeration, Facts, LiveBusNo, LiveNo};
use crate::model::{Address, DeviceKey, Domain};
use crate::topology::{BusId, Topology};

impl Matching {
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
}

impl Matcher<'_> {
    fn finish(mut self) -> Matching {
        let enumeration = Enumeration::of(self.facts);
        let ambiguous = ambiguity::ambiguous(&self);
        let unsure: HashSet<DeviceKey> =
            ambiguous.iter().flat_map(|group| group.devices.iter().copied()).collect();
        let unsure_live: HashSet<LiveNo> =
            ambiguous.iter().flat_map(|group| group.live.iter().copied()).collect();
        let (mut absent, mut not_enumerated) = (Vec::new(), Vec::new());
        for (_, device, signature) in
            self.open().filter(|(_, device, _)| !unsure.contains(&device.key()))
        {
            // A listing has no drives and ports: they are neither there nor absent.
            if !self.facts.has_tree && !matches!(signature, Signature::Pci { .. }) {
                continue;
            }
            if ambiguity::is_hidden(&self, device, &enumeration) {
                not_enumerated.push(device.key());
            } else {
                absent.push(device.key());
            }
        }
        let unconfigured = self.free().filter(|no| !unsure_live.contains(no)).collect();
        let matches = self
            .domain
            .devices
            .iter()
            .enumerate()
            .filter_map(|(nth, device)| {
                let (live, matched_by) = (*self.found.get(nth)?)?;
                let address = live.and_then(|no| self.address(device, no));
                let diff = compare(device.address(), address.as_ref());
                Some(Match { device: device.key(), live, matched_by, address, diff })
            })
            .collect();
        let mut buses: Vec<(BusId, LiveBusNo)> = self.buses.drain().collect();
        buses.sort_unstable();
        Matching {
            matches,
            ambiguous,
            absent,
            not_enumerated,
            unconfigured,
            parts: self.parts,
            buses,
            enumeration,
        }
    }
}

/// The difference between a written and a detected address.
fn compare(old: Option<&Address>, new: Option<&Address>) -> AddressDiff {
    match (old, new) {
        (_, None) => AddressDiff::Same,
        (Some(Address::Usb(old)), Some(Address::Usb(new)))
            if old.port.is_none() && old.dev.is_some() =>
        {
            // 2009's device number is compared where it is written.
            if old.bus == new.bus { AddressDiff::Same } else { AddressDiff::Moved }
        }
        (Some(old), Some(new)) if old.is_complete() => {
            if old.place() == new.place() && old.kind() == new.kind() {
                AddressDiff::Same
            } else {
                AddressDiff::Moved
            }
        }
        (_, Some(_)) => AddressDiff::New,
    }
}
