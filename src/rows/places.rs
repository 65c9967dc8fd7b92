//! The possible places of a device, and reasons against others, in lines of the inspector.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::detail::Detail;
use super::{Guest, Mark};
use crate::assign::{FreePlace, Places, places};
use crate::model::address::Slot;
use crate::model::{Code, ControllerIndex, DeviceKey};
use crate::topology::Asker;

/// The most runs of places, and reasons, in the inspector; `free` shows all.
const RUNS: usize = 2;
const REASONS: usize = 1;

/// A device with so many places needs no reasons; moving it and `free --all` show them.
const CHOICE: usize = 8;

/// The places one device may have.
#[derive(Clone, Debug, Default)]
pub struct Whereabouts {
    places: Places,
    /// Slots on PCI buses, by libvirt's bus and slot.
    slots: HashSet<(ControllerIndex, Slot)>,
    is_pci: bool,
}

impl Whereabouts {
    /// The places `key` may be put to by a person.
    pub fn of(guest: Guest<'_>, key: DeviceKey) -> Self {
        let places = places(guest, key, Asker::Written);
        let pci = places.free.iter().filter_map(|place| place.address.pci());
        let slots: HashSet<_> = pci.map(|at| (at.bus, at.slot)).collect();
        let is_pci = guest.domain.device(key).is_some_and(|device| device.pci().is_some());
        Self { places, slots, is_pci }
    }

    /// Whether the device may be in this slot; any slot for a device that is not on PCI.
    pub fn allows(&self, bus: ControllerIndex, slot: Slot) -> bool {
        !self.is_pci || self.slots.contains(&(bus, slot))
    }

    /// The possible places, best first, and the most frequent reasons against others.
    pub fn lines(&self) -> Vec<Detail> {
        let mut lines = Vec::new();
        let mut add = |label, value: String| {
            if !value.is_empty() {
                lines.push(Detail { label, value, mark: Mark::None });
            }
        };
        let runs = runs(&self.places.free);
        let told: Vec<&str> = runs.iter().take(RUNS).map(|run| run.text.as_str()).collect();
        let mut may = told.join("  ");
        if runs.len() > RUNS {
            let shown = runs.iter().take(RUNS).map(|run| run.count).sum::<usize>();
            let _ = write!(may, "  +{}", self.places.free.len() - shown);
        }
        add("can move to", may);
        if self.places.free.len() >= CHOICE {
            return lines;
        }
        // Another device in the place is visible beside this.
        let told = |code: Code| code != Code::PciDoubleUse;
        let mut reasons: Vec<(Code, &str, usize)> = Vec::new();
        for refused in self.places.refused.iter().filter(|place| told(place.refusal.code)) {
            let code = refused.refusal.code;
            match reasons.iter_mut().find(|reason| reason.0 == code) {
                Some((.., more)) => *more += 1,
                None => reasons.push((code, why(&refused.refusal.message), 0)),
            }
        }
        for (nth, (_, message, more)) in reasons.iter().take(REASONS).enumerate() {
            let label = if nth == 0 { "not" } else { "" };
            let more = if *more > 0 { format!(" (+{more})") } else { String::new() };
            add(label, format!("{message}{more}"));
        }
        lines
    }
}

/// The reason in a refusal, after the address it begins with; the reason names its bus itself.
fn why(message: &str) -> &str {
    let is_address = |text: &str| text.chars().all(|c| c.is_ascii_hexdigit() || ":.".contains(c));
    match message.split_once(": ") {
        Some((start, rest)) if is_address(start) => rest,
        _ => message,
    }
}

/// Places that follow each other: as text, with their number.
struct PlaceRun {
    text: String,
    count: usize,
}

/// The places in runs, without the PCI domain that every guest has.
fn runs(places: &[FreePlace]) -> Vec<PlaceRun> {
    let label = |place: &FreePlace| {
        let place = place.address.place();
        place.strip_prefix("0000:").map(str::to_owned).unwrap_or(place)
    };
    let runs = places.chunk_by(FreePlace::is_followed_by);
    runs.map(|run| {
        let text = match run {
            [first, .., last] => format!("{}–{}", label(first), label(last)),
            _ => run.iter().map(label).collect(),
        };
        PlaceRun { text, count: run.len() }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::Revision;
    use crate::model::DeviceClass;

    fn whereabouts(devices: &str) -> Whereabouts {
        let text = format!(
            "<domain><os><type arch='x86_64' machine='pc'/></os><devices>{devices}</devices></domain>"
        );
        let revision = Revision::build(text).unwrap();
        Whereabouts::of(revision.guest(), DeviceKey::new(DeviceClass::Interface, 0))
    }

    #[test]
    fn free_slots_are_told_in_runs_and_taken_ones_not_at_all() {
        let nic = "<interface type='user'><address type='pci' slot='5'/></interface>";
        let found = whereabouts(nic);
        let allows = |bus, slot| found.allows(ControllerIndex(bus), Slot::new(slot).unwrap());
        assert!(allows(0, 5) && allows(0, 6), "{found:?}");
        assert!(!allows(0, 0) && !allows(1, 5), "{found:?}");
        let lines = found.lines();
        assert_eq!(lines[0].label, "can move to");
        assert!(lines[0].value.starts_with("00:03.0  00:04.0–00:1f.0"), "{}", lines[0].value);
        assert!(lines.iter().all(|line| line.label != "not"), "{lines:?}");
    }

    #[test]
    fn a_reason_is_told_without_the_address_it_begins_with() {
        assert_eq!(why("0000:01:00.0: the lowest slot is 1"), "the lowest slot is 1");
        assert_eq!(why("sata: no such place"), "sata: no such place");
    }
}
