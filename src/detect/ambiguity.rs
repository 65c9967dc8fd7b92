//! Matching without ids and places: the only device of its model, the order among equal devices (as
//! in 2009), or else an ambiguity.

use std::collections::HashMap;

use super::matcher::Matcher;
use super::matching::{Ambiguity, MatchedBy};
use super::place::{configured_place, live_place};
use super::signature::Signature;
use crate::live::Enumeration;
use crate::live::creation;
use crate::live::{LiveBusNo, LiveNo, QdevAddress};
use crate::model::{Device, Kind, Placement};
use crate::topology::{BusId, Place};

/// Configured and live devices that may be each other, and no further ones.
#[derive(Debug, Default)]
struct Candidates {
    devices: Vec<usize>,
    live: Vec<LiveNo>,
    /// Whether each configured device fits each live one.
    uniform: bool,
}

/// Matches devices by model alone; returns whether it matched any. Controllers come first: their
/// buses may decide about others by place.
pub(super) fn resolve(matcher: &mut Matcher<'_>) -> bool {
    let groups = groups(matcher);
    let is_controller = |group: &Candidates| {
        group.devices.iter().all(|nth| {
            matcher.domain.devices.get(*nth).is_some_and(|device| device.controller().is_some())
        })
    };
    let (controllers, others): (Vec<Candidates>, Vec<Candidates>) =
        groups.into_iter().partition(is_controller);
    take_all(matcher, &controllers) || take_all(matcher, &others)
}

fn take_all(matcher: &mut Matcher<'_>, groups: &[Candidates]) -> bool {
    let mut any = false;
    for group in groups {
        for (nth, no, matched_by) in decide(matcher, group) {
            matcher.take(nth, no, matched_by);
            any = true;
        }
    }
    any
}

/// Devices that remain ambiguous.
pub(super) fn ambiguous(matcher: &Matcher<'_>) -> Vec<Ambiguity> {
    groups(matcher)
        .into_iter()
        .filter(|group| !group.devices.is_empty() && !group.live.is_empty())
        .map(|group| Ambiguity {
            devices: group
                .devices
                .iter()
                .filter_map(|nth| matcher.domain.devices.get(*nth))
                .map(Device::key)
                .collect(),
            live: group.live,
        })
        .collect()
}

/// Whether a configured device may be behind a bridge without a number, and so invisible.
pub(super) fn is_hidden(matcher: &Matcher<'_>, device: &Device, enumeration: &Enumeration) -> bool {
    if matcher.facts.has_tree || enumeration.open_bridges().is_empty() {
        return false;
    }
    match configured_place(device, matcher.topology) {
        Some((BusId::Pci(index), Place::Pci(..))) => index.0 != 0,
        Some(_) => false,
        None => device.pci().is_none(),
    }
}

/// Whether it is a NIC with another MAC address: a model alone never outweighs that.
fn has_another_mac(matcher: &Matcher<'_>, device: &Device, no: LiveNo) -> bool {
    let live = matcher.facts.device(no).and_then(|device| device.mac.as_deref());
    match (&device.kind, live) {
        (Kind::Interface(nic), Some(live)) => {
            nic.mac.as_deref().is_some_and(|own| !own.eq_ignore_ascii_case(live))
        }
        _ => false,
    }
}

/// Whether it is a disk with another medium at another place than the fixed one. A medium alone
/// proves little: its name changes with a snapshot.
fn is_another_disk(matcher: &Matcher<'_>, device: &Device, no: LiveNo) -> bool {
    let live = matcher.facts.medium(no).and_then(|drive| drive.file.as_deref());
    match (&device.kind, live) {
        (Kind::Disk(disk), Some(live)) if device.placement() == Placement::Static => {
            disk.source.as_deref().is_some_and(|own| own != live)
        }
        _ => false,
    }
}

/// The connected parts of "may be".
fn groups(matcher: &Matcher<'_>) -> Vec<Candidates> {
    let enumeration = Enumeration::of(matcher.facts);
    let free: Vec<LiveNo> = matcher.free().collect();
    // A device that is there unseen is not one that is seen.
    // Companions of one USB controller share its alias, and have no id in QEMU.
    let mut aliases: HashMap<&str, u32> = HashMap::new();
    for alias in matcher.domain.devices.iter().filter_map(|device| device.alias.as_deref()) {
        *aliases.entry(alias).or_default() += 1;
    }
    let is_own = |alias: &str| aliases.get(alias) == Some(&1);
    let open: Vec<(usize, &Device, &Signature)> = matcher
        .open()
        .filter(|(_, device, signature)| {
            let settled = matcher.has_aliases && device.alias.as_deref().is_some_and(is_own);
            signature.is_telling()
                && !settled
                && !is_placed_and_hidden(matcher, device, &enumeration)
        })
        .collect();
    let fits: Vec<Vec<LiveNo>> = open
        .iter()
        .map(|(_, device, signature)| {
            let may = |no: &&LiveNo| {
                signature.fits(matcher.facts, **no)
                    && !matcher.is_other(device, **no)
                    && !has_another_mac(matcher, device, **no)
                    && !is_another_disk(matcher, device, **no)
                    && same_kind_of_controller(matcher, signature, **no)
            };
            free.iter().filter(may).copied().collect()
        })
        .collect();
    let mut group_of_live: HashMap<LiveNo, usize> = HashMap::new();
    let mut groups: Vec<Candidates> = Vec::new();
    for ((nth, ..), fits) in open.iter().zip(&fits) {
        let mut into: Vec<usize> =
            fits.iter().filter_map(|no| group_of_live.get(no).copied()).collect();
        into.sort_unstable();
        into.dedup();
        let mut merged = Candidates { devices: vec![*nth], live: Vec::new(), uniform: true };
        for other in into {
            let Some(other) = groups.get_mut(other).map(std::mem::take) else { continue };
            merged.devices.extend(other.devices);
            merged.live.extend(other.live);
        }
        merged.live.extend(fits);
        merged.live.sort_unstable();
        merged.live.dedup();
        merged.devices.sort_unstable();
        for no in &merged.live {
            group_of_live.insert(*no, groups.len());
        }
        groups.push(merged);
    }
    for group in &mut groups {
        group.uniform = open.iter().zip(&fits).all(|((nth, ..), fits)| {
            !group.devices.contains(nth) || fits.len() == group.live.len()
        });
    }
    groups
}

fn is_placed_and_hidden(matcher: &Matcher<'_>, device: &Device, enumeration: &Enumeration) -> bool {
    device.pci().is_some() && is_hidden(matcher, device, enumeration)
}

/// IDE and SATA disks look alike; their controllers do not.
fn same_kind_of_controller(matcher: &Matcher<'_>, signature: &Signature, no: LiveNo) -> bool {
    let Signature::Drive(kind, _) = signature else { return true };
    let facts = matcher.facts;
    let holder = facts.device(no).and_then(|device| facts.holder(device.bus?));
    let class = holder.and_then(|no| facts.device(no)?.pci.as_ref()?.class);
    match (class, kind) {
        (Some(0x0101), _) => *kind == crate::model::ControllerKind::Ide,
        (Some(0x0106), _) => *kind == crate::model::ControllerKind::Sata,
        _ => true,
    }
}

fn decide(matcher: &Matcher<'_>, group: &Candidates) -> Vec<(usize, LiveNo, MatchedBy)> {
    if let ([nth], [no]) = (group.devices.as_slice(), group.live.as_slice()) {
        return vec![(*nth, *no, MatchedBy::Only)];
    }
    let even = group.uniform && group.devices.len() == group.live.len();
    if even && let Some(live) = in_order(matcher, &group.live) {
        let pairs = group.devices.iter().zip(live);
        return pairs.map(|(nth, no)| (*nth, no, MatchedBy::Order)).collect();
    }
    remembered(matcher, group)
}

/// Live devices in the order of their creation, if that is known: QEMU gives every device the
/// lowest free place, unless its place is given.
fn in_order(matcher: &Matcher<'_>, live: &[LiveNo]) -> Option<Vec<LiveNo>> {
    let facts = matcher.facts;
    let device = |no: LiveNo| facts.device(no);
    let created = |no: LiveNo| creation(device(no)?.path.as_deref()?);
    let containers: Option<Vec<(&str, u32)>> = live.iter().map(|no| created(*no)).collect();
    let mut sorted = live.to_vec();
    if let Some(numbers) = containers
        && numbers.windows(2).all(|pair| matches!(pair, [a, b] if a.0 == b.0))
    {
        sorted.sort_by_key(|no| created(*no).map(|(_, number)| number));
        return Some(sorted);
    }
    let bus = |no: LiveNo| -> Option<(LiveBusNo, QdevAddress)> {
        let device = device(no)?;
        Some((device.bus?, device.address))
    };
    let first = live.first().and_then(|no| bus(*no))?.0;
    if live.iter().any(|no| bus(*no).is_none_or(|(bus, _)| bus != first)) {
        return None;
    }
    sorted.sort_by_key(|no| bus(*no).map(|(_, address)| address));
    Some(sorted)
}

/// For groups of unequal size: devices at the place where they were last, from the dynamic
/// addresses of 2009.
fn remembered(matcher: &Matcher<'_>, group: &Candidates) -> Vec<(usize, LiveNo, MatchedBy)> {
    let mut found = Vec::new();
    for nth in &group.devices {
        let Some(device) = matcher.domain.devices.get(*nth) else { continue };
        if device.placement() != Placement::Dynamic {
            continue;
        }
        let Some((BusId::Pci(index), place)) = configured_place(device, matcher.topology) else {
            continue;
        };
        let root = matcher.facts.main_root().filter(|_| index.0 == 0);
        let here = group.live.iter().find(|no| {
            matcher.facts.device(**no).is_some_and(|live| live.bus == root && root.is_some())
                && live_place(matcher.facts, **no) == Some(place)
                && matcher.is_free(**no)
        });
        if let Some(no) = here.filter(|no| !found.iter().any(|(_, taken, _)| taken == *no)) {
            found.push((*nth, *no, MatchedBy::Remembered));
        }
    }
    found
}
