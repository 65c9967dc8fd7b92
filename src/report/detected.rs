//! Who is who in a running guest: each device with what it was recognised by, and what is different.

use std::fmt::Write as _;

use serde::Serialize;

use super::Style;
use super::libvirt::{AnsweredBy, answered_by};
use super::tree::column;
use crate::detect::{Change, Pair, Pairing};
use crate::live::{Facts, LiveDevice, LiveNo, Progress, RunState, Seat};
use crate::model::{Device, DeviceKey, Domain};
use crate::rows::Mark;
use crate::text::{Printable, pad};
use crate::topology::GuestAddress;

/// The widest column of the table, in terminal cells; a switch port with its key takes 46.
const WIDEST: usize = 72;

/// A table of matches, then everything that did not match, and a line that counts.
pub fn detected(pairing: &Pairing, domain: &Domain, facts: &Facts, style: Style) -> String {
    let mut out = String::new();
    let title = |key: DeviceKey| {
        let title = domain.device(key).map(Device::title).unwrap_or_default();
        style.safe(&format!("{title} ({key})"))
    };
    let rows: Vec<[String; 4]> = pairing
        .pairs
        .iter()
        .map(|pair| {
            let address = pair.address.as_ref().map(ToString::to_string).unwrap_or_default();
            [
                title(pair.device),
                style.safe(&address),
                style.safe(&live_title(facts, pair.live)),
                format!("{} ({})", pair.basis.word(), pair.basis.confidence().word()),
            ]
        })
        .collect();
    let [a, b, c] = [0, 1, 2].map(|nth| column(rows.iter().filter_map(|row| row.get(nth)), WIDEST));
    // Writing to a String cannot fail.
    for (row, pair) in rows.iter().zip(&pairing.pairs) {
        let [device, address, live, basis] = row;
        let sign = sign(pair.change);
        let (device, address, live) = (pad(device, a), pad(address, b), pad(live, c));
        let text = format!("{sign} {device}  {address}  {live}  {basis}");
        let _ = writeln!(out, "{}", text.trim_end());
        if pair.change == Change::Moved {
            let old = domain.device(pair.device).and_then(Device::value);
            let old = old.map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(
                out,
                "    {}",
                style.mark(Mark::Dynamic, &style.safe(&format!("the XML says {old}")))
            );
        }
    }
    for group in &pairing.ambiguous {
        let devices: Vec<String> = group.devices.iter().map(|key| title(*key)).collect();
        let live: Vec<String> = group.live.iter().map(|no| place(facts, *no)).collect();
        let _ = writeln!(
            out,
            "? {} may be any of {}",
            devices.join(", "),
            style.safe(&live.join(", "))
        );
    }
    for key in &pairing.hidden {
        let _ = writeln!(out, "… {}: behind a bridge without a bus number so far", title(*key));
    }
    for key in &pairing.gone {
        let _ = writeln!(out, "- {}: the guest does not have it", title(*key));
    }
    for no in &pairing.strangers {
        let _ = writeln!(out, "+ {}: the XML does not mention it", style.safe(&place(facts, *no)));
    }
    let _ = writeln!(out, "{}", summary(pairing, facts));
    out
}

/// Counts, and how far the guest is.
pub fn summary(pairing: &Pairing, facts: &Facts) -> String {
    let moved = pairing.pairs.iter().filter(|pair| pair.change == Change::Moved).count();
    let unsure: usize = pairing.ambiguous.iter().map(|group| group.devices.len()).sum();
    let mut out = format!(
        "{} matched, {moved} moved, {unsure} ambiguous, {} not counted yet, {} only configured, {} only live",
        pairing.pairs.len(),
        pairing.hidden.len(),
        pairing.gone.len(),
        pairing.strangers.len()
    );
    if pairing.progress != Progress::Counted {
        let _ = write!(out, "; {}", pairing.progress);
    }
    if let RunState::Stopped(word) = &facts.run {
        let _ = write!(out, "; guest {}", Printable::new(word));
    }
    out
}

fn sign(change: Change) -> char {
    match change {
        Change::Same => '=',
        Change::New => '+',
        Change::Moved => '~',
    }
}

fn live_title(facts: &Facts, live: Option<LiveNo>) -> String {
    live.and_then(|no| facts.device(no)).map(LiveDevice::title).unwrap_or_default()
}

/// What a live device is called, what it is, and where the guest finds it.
fn place(facts: &Facts, no: LiveNo) -> String {
    let Some(device) = facts.device(no) else { return String::new() };
    let mut words = vec![device.title()];
    let id = device.pci.as_ref().and_then(|pci| pci.id).map(|id| id.to_string());
    words.extend(device.driver.as_deref().map(str::to_owned).or(id));
    words.dedup();
    match (device.seat, device.pci.as_ref().and_then(|pci| pci.bus)) {
        (Seat::Pci(slot, function), Some(bus)) => {
            words.push(format!("at {}", GuestAddress { bus, slot, function }));
        }
        (Seat::None, _) => {}
        (seat, _) => {
            let bus = device.bus.and_then(|bus| facts.bus(bus)).and_then(|bus| bus.name.clone());
            words.push(format!("at {} {seat}", bus.unwrap_or_default()));
        }
    }
    words.join(" ")
}

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    version: u32,
    answered_by: AnsweredBy,
    qemu: Option<&'a str>,
    guest: String,
    numbered: bool,
    matched: Vec<Match<'a>>,
    ambiguous: Vec<Unsure<'a>>,
    hidden: Vec<String>,
    only_configured: Vec<String>,
    only_live: Vec<Live<'a>>,
}

#[derive(Serialize)]
struct Match<'a> {
    device: String,
    title: String,
    live: Option<Live<'a>>,
    basis: &'static str,
    confidence: &'static str,
    address: Option<String>,
    written: Option<String>,
    change: &'static str,
}

#[derive(Serialize)]
struct Unsure<'a> {
    devices: Vec<String>,
    live: Vec<Live<'a>>,
}

#[derive(Serialize)]
pub(super) struct Live<'a> {
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
/// Never for what this module builds; `serde_json` has the last word.
pub fn detected_json(
    pairing: &Pairing,
    domain: &Domain,
    facts: &Facts,
) -> Result<String, serde_json::Error> {
    let keys = |keys: &[DeviceKey]| keys.iter().map(ToString::to_string).collect();
    let report = Report {
        schema: "virt-topo/detect",
        version: 1,
        answered_by: answered_by(domain.libvirt),
        qemu: facts.version.as_deref(),
        guest: facts.run.to_string(),
        numbered: pairing.progress == Progress::Counted,
        matched: pairing.pairs.iter().map(|pair| match_report(pair, domain, facts)).collect(),
        ambiguous: pairing
            .ambiguous
            .iter()
            .map(|group| Unsure {
                devices: keys(&group.devices),
                live: group.live.iter().filter_map(|no| live_report(facts, *no)).collect(),
            })
            .collect(),
        hidden: keys(&pairing.hidden),
        only_configured: keys(&pairing.gone),
        only_live: pairing.strangers.iter().filter_map(|no| live_report(facts, *no)).collect(),
    };
    let mut text = serde_json::to_string_pretty(&report)?;
    text.push('\n');
    Ok(text)
}

fn match_report<'a>(pair: &Pair, domain: &Domain, facts: &'a Facts) -> Match<'a> {
    let device = domain.device(pair.device);
    Match {
        device: pair.device.to_string(),
        title: device.map(Device::title).unwrap_or_default(),
        live: pair.live.and_then(|no| live_report(facts, no)),
        basis: pair.basis.word(),
        confidence: pair.basis.confidence().word(),
        address: pair.address.as_ref().map(ToString::to_string),
        written: device.and_then(Device::value).map(ToString::to_string),
        change: match pair.change {
            Change::Same => "same",
            Change::New => "new",
            Change::Moved => "moved",
        },
    }
}

/// A live device for programs.
pub(super) fn live_report(facts: &Facts, no: LiveNo) -> Option<Live<'_>> {
    let device = facts.device(no)?;
    let pci = device.pci.as_ref();
    let guest = match (device.seat, pci.and_then(|pci| pci.bus)) {
        (Seat::Pci(slot, function), Some(bus)) => {
            Some(GuestAddress { bus, slot, function }.to_string())
        }
        _ => None,
    };
    Some(Live {
        id: device.id.as_deref(),
        path: device.path.as_deref(),
        driver: device.driver.as_deref(),
        bus: device.bus.and_then(|bus| facts.bus(bus)?.name.as_deref()),
        place: device.seat.to_string(),
        guest,
        pci: pci.and_then(|pci| pci.id).map(|id| id.to_string()),
        class: pci.and_then(|pci| pci.class).map(|class| format!("{class:04x}")),
        irq: pci.and_then(|pci| pci.irq),
        hotpluggable: device.hotpluggable,
    })
}
