//! The matching of a running guest: each device with what it was recognised by, and the
//! differences.

use std::fmt::Write as _;

use serde::Serialize;

use super::Style;
use super::libvirt::{AnsweredBy, answered_by};
use super::tree::column;
use super::written_json;
use crate::detect::{AddressDiff, Match, Matching};
use crate::live::{Enumeration, Facts, LiveDevice, LiveNo, QdevAddress, RunState};
use crate::model::{Device, DeviceKey, Domain};
use crate::rows::Mark;
use crate::text::{Printable, pad};
use crate::topology::GuestAddress;

/// The widest column of the table, in terminal cells; a switch port with its key takes 46.
const WIDEST: usize = 72;

/// A table of matches, then everything that did not match, and a line that counts.
pub fn detected(matching: &Matching, domain: &Domain, facts: &Facts, style: Style) -> String {
    let mut out = String::new();
    let title = |key: DeviceKey| {
        let title = domain.device(key).map(Device::title).unwrap_or_default();
        style.safe(&format!("{title} ({key})"))
    };
    let rows: Vec<[String; 4]> = matching
        .matches
        .iter()
        .map(|pair| {
            let address = pair.address.as_ref().map(ToString::to_string).unwrap_or_default();
            [
                title(pair.device),
                style.safe(&address),
                style.safe(&live_title(facts, pair.live)),
                format!("{} ({})", pair.matched_by.as_str(), pair.matched_by.confidence().as_str()),
            ]
        })
        .collect();
    let [a, b, c] = [0, 1, 2].map(|nth| column(rows.iter().filter_map(|row| row.get(nth)), WIDEST));
    // Writing to a String cannot fail.
    for (row, pair) in rows.iter().zip(&matching.matches) {
        let [device, address, live, basis] = row;
        let sign = sign(pair.diff);
        let (device, address, live) = (pad(device, a), pad(address, b), pad(live, c));
        let text = format!("{sign} {device}  {address}  {live}  {basis}");
        let _ = writeln!(out, "{}", text.trim_end());
        if pair.diff == AddressDiff::Moved {
            let old = domain.device(pair.device).and_then(Device::address);
            let old = old.map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(
                out,
                "    {}",
                style.mark(Mark::Dynamic, &style.safe(&format!("the XML has {old}")))
            );
        }
    }
    for group in &matching.ambiguous {
        let devices: Vec<String> = group.devices.iter().map(|key| title(*key)).collect();
        let live: Vec<String> = group.live.iter().map(|no| place(facts, *no)).collect();
        let _ = writeln!(
            out,
            "? {} could be any of {}",
            devices.join(", "),
            style.safe(&live.join(", "))
        );
    }
    for key in &matching.not_enumerated {
        let _ = writeln!(out, "… {}: behind a bridge that has no bus number yet", title(*key));
    }
    for key in &matching.absent {
        let _ = writeln!(out, "- {}: not in the running guest", title(*key));
    }
    for no in &matching.unconfigured {
        let _ = writeln!(out, "+ {}: not in the XML", style.safe(&place(facts, *no)));
    }
    let _ = writeln!(out, "{}", summary(matching, facts));
    out
}

/// Counts, and how far the guest is.
pub fn summary(matching: &Matching, facts: &Facts) -> String {
    let moved = matching.matches.iter().filter(|pair| pair.diff == AddressDiff::Moved).count();
    let unsure: usize = matching.ambiguous.iter().map(|group| group.devices.len()).sum();
    let mut out = format!(
        "{} matched, {moved} moved, {unsure} ambiguous, {} not counted yet, {} only configured, {} only live",
        matching.matches.len(),
        matching.not_enumerated.len(),
        matching.absent.len(),
        matching.unconfigured.len()
    );
    if matching.enumeration != Enumeration::Counted {
        let _ = write!(out, "; {}", matching.enumeration);
    }
    if let RunState::Stopped(word) = &facts.run {
        let _ = write!(out, "; guest {}", Printable::new(word));
    }
    out
}

fn sign(change: AddressDiff) -> char {
    match change {
        AddressDiff::Same => '=',
        AddressDiff::New => '+',
        AddressDiff::Moved => '~',
    }
}

fn live_title(facts: &Facts, live: Option<LiveNo>) -> String {
    live.and_then(|no| facts.device(no)).map(LiveDevice::title).unwrap_or_default()
}

/// The name, kind and guest address of a live device.
fn place(facts: &Facts, no: LiveNo) -> String {
    let Some(device) = facts.device(no) else { return String::new() };
    let mut words = vec![device.title()];
    let id = device.pci.as_ref().and_then(|pci| pci.id).map(|id| id.to_string());
    words.extend(device.driver.as_deref().map(str::to_owned).or(id));
    words.dedup();
    match (device.address, device.pci.as_ref().and_then(|pci| pci.bus)) {
        (QdevAddress::Pci(slot, function), Some(bus)) => {
            words.push(format!("at {}", GuestAddress { bus, slot, function }));
        }
        (QdevAddress::None, _) => {}
        (address, _) => {
            let bus = device.bus.and_then(|bus| facts.bus(bus)).and_then(|bus| bus.name.clone());
            words.push(format!("at {} {address}", bus.unwrap_or_default()));
        }
    }
    words.join(" ")
}

#[derive(Serialize)]
struct DetectionReport<'a> {
    schema: &'static str,
    version: u32,
    answered_by: AnsweredBy,
    qemu: Option<&'a str>,
    guest: String,
    numbered: bool,
    matched: Vec<MatchReport<'a>>,
    ambiguous: Vec<Unsure<'a>>,
    hidden: Vec<String>,
    only_configured: Vec<String>,
    only_live: Vec<LiveReport<'a>>,
}

#[derive(Serialize)]
struct MatchReport<'a> {
    device: String,
    title: String,
    live: Option<LiveReport<'a>>,
    basis: &'static str,
    confidence: &'static str,
    address: Option<String>,
    written: Option<String>,
    change: &'static str,
}

#[derive(Serialize)]
struct Unsure<'a> {
    devices: Vec<String>,
    live: Vec<LiveReport<'a>>,
}

#[derive(Serialize)]
pub(super) struct LiveReport<'a> {
    id: Option<&'a str>,
    path: Option<&'a str>,
    driver: Option<&'a str>,
    bus: Option<&'a str>,
    place: String,
    guest: Option<String>,
    pci: Option<String>,
    class: Option<String>,
    irq: Option<u32>,
    hotpluggable: Option<bool>,
}

/// The same as JSON.
///
/// # Errors
/// None in practice: everything here can be serialized.
pub fn detected_json(
    matching: &Matching,
    domain: &Domain,
    facts: &Facts,
) -> Result<String, serde_json::Error> {
    let keys = |keys: &[DeviceKey]| keys.iter().map(ToString::to_string).collect();
    let report = DetectionReport {
        schema: "virt-topo/detect",
        version: 1,
        answered_by: answered_by(domain.libvirt),
        qemu: facts.version.as_deref(),
        guest: facts.run.to_string(),
        numbered: matching.enumeration == Enumeration::Counted,
        matched: matching.matches.iter().map(|pair| match_report(pair, domain, facts)).collect(),
        ambiguous: matching
            .ambiguous
            .iter()
            .map(|group| Unsure {
                devices: keys(&group.devices),
                live: group.live.iter().filter_map(|no| live_report(facts, *no)).collect(),
            })
            .collect(),
        hidden: keys(&matching.not_enumerated),
        only_configured: keys(&matching.absent),
        only_live: matching.unconfigured.iter().filter_map(|no| live_report(facts, *no)).collect(),
    };
    written_json(&report)
}

fn match_report<'a>(pair: &Match, domain: &Domain, facts: &'a Facts) -> MatchReport<'a> {
    let device = domain.device(pair.device);
    MatchReport {
        device: pair.device.to_string(),
        title: device.map(Device::title).unwrap_or_default(),
        live: pair.live.and_then(|no| live_report(facts, no)),
        basis: pair.matched_by.as_str(),
        confidence: pair.matched_by.confidence().as_str(),
        address: pair.address.as_ref().map(ToString::to_string),
        written: device.and_then(Device::address).map(ToString::to_string),
        change: match pair.diff {
            AddressDiff::Same => "same",
            AddressDiff::New => "new",
            AddressDiff::Moved => "moved",
        },
    }
}

/// A live device for programs.
pub(super) fn live_report(facts: &Facts, no: LiveNo) -> Option<LiveReport<'_>> {
    let device = facts.device(no)?;
    let pci = device.pci.as_ref();
    let guest = match (device.address, pci.and_then(|pci| pci.bus)) {
        (QdevAddress::Pci(slot, function), Some(bus)) => {
            Some(GuestAddress { bus, slot, function }.to_string())
        }
        _ => None,
    };
    Some(LiveReport {
        id: device.id.as_deref(),
        path: device.path.as_deref(),
        driver: device.driver.as_deref(),
        bus: device.bus.and_then(|bus| facts.bus(bus)?.name.as_deref()),
        place: device.address.to_string(),
        guest,
        pci: pci.and_then(|pci| pci.id).map(|id| id.to_string()),
        class: pci.and_then(|pci| pci.class).map(|class| format!("{class:04x}")),
        irq: pci.and_then(|pci| pci.irq),
        hotpluggable: device.hotpluggable,
    })
}
