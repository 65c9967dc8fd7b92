//! The places where devices run, as addresses that stay: changes of the document.

use std::collections::{BTreeMap, BTreeSet};

use super::write::{DetectOptions, detected};
use crate::detect::LiveLocation;
use crate::detect::{AddressDiff, Matching};
use crate::live::Facts;
use crate::model::{Address, Change, DeviceKey, Placement};
use crate::topology::{BusId, Guest};

/// Addresses to be written so that they stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frozen {
    /// The changes; empty if the document has every address already.
    pub changes: Vec<Change>,
    /// Devices that run where the document has no bus for them.
    pub left_out: Vec<DeviceKey>,
}

/// Writes devices where they run, as addresses that stay: all of them, or only this one. A
/// controller that libvirt would add is written as well where one of them names it.
///
/// `matching` has to be a comparison with the guest as it is drawn, see [`Matching::completed`].
pub fn freeze_live(
    guest: Guest<'_>,
    matching: &Matching,
    facts: &Facts,
    only: Option<DeviceKey>,
) -> Frozen {
    let mut frozen = Frozen::default();
    let mut places: BTreeMap<DeviceKey, Address> = BTreeMap::new();
    let mut buses: Vec<BusId> = Vec::new();
    for pair in matching.matches.iter().filter(|pair| only.is_none_or(|key| key == pair.device)) {
        let (Some(device), Some(no)) = (guest.domain.device(pair.device), pair.live) else {
            continue;
        };
        let site = matching.locate(facts, guest.topology, no);
        if pair.address.is_none()
            && !matches!(site, LiveLocation::Bus(..))
            && device.pci().is_some()
        {
            frozen.left_out.push(pair.device);
        }
        // A device that libvirt would add is written if it runs at another place than predicted.
        let address = if device.is_implied() {
            let same =
                device.address().map(Address::place) == pair.address.as_ref().map(Address::place);
            pair.address.clone().filter(|_| !same)
        } else {
            let says = pair.diff == AddressDiff::Same && device.placement() == Placement::Static;
            let write = DetectOptions { freeze: true, ..DetectOptions::default() };
            let address = detected(guest.domain, device, pair, facts, &write);
            address.filter(|_| !says)
        };
        let Some(address) = address else { continue };
        places.insert(pair.device, address);
        if let LiveLocation::Bus(bus, _) = site {
            buses.push(bus);
        }
    }
    for key in implied_above(guest, buses) {
        let detected = matching.of_device(key).and_then(|pair| pair.address.clone());
        let drawn = || guest.domain.device(key).and_then(|device| device.address()).cloned();
        if let Some(address) = detected.or_else(drawn) {
            places.entry(key).or_insert(address);
        }
    }
    frozen.changes = places
        .into_iter()
        .map(|(device, to)| {
            let is_implied =
                guest.domain.device(device).is_some_and(crate::model::Device::is_implied);
            if is_implied {
                Change::Adopt { device, address: Some(to) }
            } else {
                Change::Move { device, to }
            }
        })
        .collect();
    frozen
}

/// The controllers of these buses, and those above, that libvirt would add.
fn implied_above(guest: Guest<'_>, mut buses: Vec<BusId>) -> BTreeSet<DeviceKey> {
    let Guest { domain, topology } = guest;
    let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
    while let Some(bus) = buses.pop() {
        if !seen.insert(bus) {
            continue;
        }
        let holder = topology.bus_no(bus).and_then(|no| topology.bus(no)?.parent);
        let Some(device) = holder.and_then(|no| topology.device(domain, no)) else { continue };
        if device.is_implied() && device.address().is_some() {
            found.insert(device.key());
        }
        let above = holder.and_then(|no| topology.node(no)?.bus);
        buses.extend(above.and_then(|no| topology.bus(no)).map(|bus| bus.id));
    }
    found
}
