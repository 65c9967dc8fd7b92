//! The places a device may have, as text and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::json::{AddressReport, address_report};
use super::libvirt::{AnsweredBy, answered_by};
use super::written_json;
use crate::assign::{FreePlace, PlaceNote, Places};
use crate::model::{Device, Version};
use crate::text::Printable;

/// Version of the JSON schema, which `docs/assign-json.md` describes.
const VERSION: u32 = 1;

/// The most lines printed without `--all`.
const LINES: usize = 20;

#[derive(Serialize)]
struct PlacesReport<'a> {
    schema: &'static str,
    version: u32,
    source: &'a str,
    answered_by: AnsweredBy,
    device: String,
    title: String,
    /// The present address.
    address: Option<AddressReport>,
    free: Vec<FreeReport>,
    refused: Vec<RefusedReport<'a>>,
}

#[derive(Serialize)]
struct FreeReport {
    /// The place as it is shown, `pci 0000:00:05.0`.
    place: String,
    address: AddressReport,
    /// `next`, `plain`, `written` or `shared`
    note: &'static str,
}

#[derive(Serialize)]
struct RefusedReport<'a> {
    place: &'a str,
    code: &'static str,
    message: &'a str,
    libvirt: Option<&'a str>,
    help: Option<&'a str>,
}

/// The place of `device` and its possible places, a range of places per line, the best first. `all`
/// adds the refused places with reasons, and removes the limit.
pub fn free(device: &Device, places: &Places, all: bool) -> String {
    let title = device.title();
    let mut text = format!("{} ({})", device.key(), Printable::new(&title));
    match device.address() {
        Some(value) => {
            let origin = device.address.as_ref().map_or("", |address| address.origin.as_str());
            let _ = writeln!(text, " is at {value}, {origin}");
        }
        None => text.push_str(" has no address\n"),
    }
    let ranges = ranges(&places.free);
    let shown = if all { ranges.len() } else { LINES };
    for (first, last, count) in ranges.iter().take(shown) {
        let mut place = first.address.to_string();
        if count > &1 {
            let _ = write!(place, " to {}", last.address.place());
        }
        let words = first.note.words();
        let line = if words.is_empty() { place } else { format!("{place:<40}  {words}") };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {line}");
    }
    if ranges.len() > shown {
        let _ = writeln!(text, "  and {} more ranges (--all lists them)", ranges.len() - shown);
    }
    if places.free.is_empty() {
        text.push_str("  no place is free\n");
    }
    if !all {
        return text;
    }
    for refused in &places.refused {
        let _ =
            writeln!(text, "  not {}: {}", refused.place, Printable::new(&refused.refusal.message));
        if let Some(help) = &refused.refusal.help {
            let _ = writeln!(text, "    help: {help}");
        }
    }
    text
}

/// First and last place of each range, and how many there are.
fn ranges(places: &[FreePlace]) -> Vec<(&FreePlace, &FreePlace, usize)> {
    let mut ranges: Vec<(&FreePlace, &FreePlace, usize)> = Vec::new();
    for place in places {
        match ranges.last_mut() {
            Some((_, last, count)) if last.is_followed_by(place) => {
                *last = place;
                *count += 1;
            }
            _ => ranges.push((place, place, 1)),
        }
    }
    ranges
}

/// Every place, free or not.
///
/// # Errors
/// None in practice: everything here can be serialized.
pub fn free_json(
    device: &Device,
    places: &Places,
    source: &str,
    libvirt: Version,
) -> Result<String, serde_json::Error> {
    let report = PlacesReport {
        schema: "virt-topo/free",
        version: VERSION,
        source,
        answered_by: answered_by(libvirt),
        device: device.key().to_string(),
        title: device.title(),
        address: device.address().map(address_report),
        free: places
            .free
            .iter()
            .map(|place| FreeReport {
                place: place.address.to_string(),
                address: address_report(&place.address),
                note: match place.note {
                    PlaceNote::Next => "next",
                    PlaceNote::Plain => "plain",
                    PlaceNote::Written => "written",
                    PlaceNote::Shared => "shared",
                },
            })
            .collect(),
        refused: places
            .refused
            .iter()
            .map(|refused| RefusedReport {
                place: &refused.place,
                code: refused.refusal.code.as_str(),
                message: &refused.refusal.message,
                libvirt: refused.refusal.libvirt.as_deref(),
                help: refused.refusal.help.as_deref(),
            })
            .collect(),
    };
    written_json(&report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assign::{ParseMode, assign, places};
    use crate::model::{DeviceClass, DeviceKey};
    use crate::topology::{Asker, Guest, Topology};
    use crate::xml::{Document, decode::decode};

    fn sound() -> (Device, Places) {
        let text = "<domain><os><type machine='pc'>hvm</type></os><devices>\
                    <sound model='ac97'/><memballoon model='none'/></devices></domain>";
        let domain = decode(&Document::parse(text).unwrap()).unwrap().domain;
        let domain = assign(&domain, ParseMode::Define).domain;
        let key = DeviceKey::new(DeviceClass::Sound, 0);
        let topology = Topology::build(&domain);
        let guest = Guest { domain: &domain, topology: &topology };
        let places = places(guest, key, Asker::Written);
        (domain.device(key).unwrap().clone(), places)
    }

    #[test]
    fn ranges_of_places_are_told_the_best_first_and_refusals_on_demand() {
        let (device, places) = sound();
        let text = free(&device, &places, false);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "sound:0 (sound ac97) is at pci 0000:00:02.0, assigned");
        assert!(lines[1].starts_with("  pci 0000:00:02.0 "), "{text}");
        assert!(lines[1].ends_with("libvirt's own choice"), "{text}");
        assert_eq!(lines[2], "  pci 0000:00:03.0 to 0000:00:1f.0");
        assert_eq!(lines.len(), 4, "{text}");
        let text = free(&device, &places, true);
        assert!(text.contains("  not 0000:00:01.0: "), "{text}");
        assert!(text.contains("    help: "), "{text}");
    }

    #[test]
    fn json_has_every_place_and_every_refusal() {
        let (device, places) = sound();
        let json: serde_json::Value = serde_json::from_str(
            &free_json(&device, &places, "a.xml", Version::NEWEST_LIBVIRT).unwrap(),
        )
        .unwrap();
        assert_eq!(json["free"].as_array().unwrap().len(), places.free.len());
        assert_eq!(json["free"][0]["note"], "next");
        assert_eq!(json["free"][0]["address"]["attributes"]["slot"], "0x02");
        assert_eq!(json["refused"][0]["code"], "pci-double-use");
    }
}
