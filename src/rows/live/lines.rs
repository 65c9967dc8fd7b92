//! The monitor's report on the selected row, as lines of the inspector.

use super::{LiveGuest, LiveMark};
use crate::live::{LiveDevice, LiveNo, PciFacts, Region};
use crate::model::DeviceKey;
use crate::rows::{Detail, Guest, Mark, Target, details_title};
use crate::text::masked_words;

/// The most names in a line of the inspector.
const NAMES: usize = 4;

impl LiveGuest {
    /// Model and name of a live device.
    pub fn called(&self, no: LiveNo) -> String {
        self.facts.model_and_name(no)
    }

    /// The comparison of the selected row, and the property by which it was recognised.
    pub fn comparison(&self, guest: Guest<'_>, target: Target) -> Vec<Detail> {
        let mut lines = LiveLines::default();
        if let Target::Free(bus, place) = target {
            for target in self.moved_to(bus, place) {
                let name = details_title(guest, target);
                let mark = self.note(target).map_or("", |note| note.mark.as_str());
                lines.add("live", format!("{name} is here  ({mark})"));
            }
            return lines.0;
        }
        let Some(note) = self.note(target) else { return lines.0 };
        let at = || note.live.map(|no| self.facts.full_address(no)).unwrap_or_default();
        let device = match target {
            Target::Device(key) => Some(key),
            _ => None,
        };
        lines.add(
            "live",
            match note.mark {
                LiveMark::Same => "as configured".to_owned(),
                LiveMark::Moved => format!("elsewhere: at {}", at()),
                LiveMark::Only => format!("not in the XML; at {}", at()),
                LiveMark::Absent => "not in the running guest".to_owned(),
                LiveMark::Unknown => self.why_unknown(device),
                LiveMark::Waiting => "being removed; the guest has not released it yet".to_owned(),
            },
        );
        let pair = device.and_then(|key| self.matching.of_device(key));
        if let Some(pair) = pair {
            let (basis, sure) = (pair.matched_by.as_str(), pair.matched_by.confidence().as_str());
            lines.add("matched by", format!("{basis}, {sure}"));
        }
        lines.0
    }

    fn why_unknown(&self, device: Option<DeviceKey>) -> String {
        let group = self
            .matching
            .ambiguous
            .iter()
            .find(|group| device.is_some_and(|key| group.devices.contains(&key)));
        match group {
            Some(group) => {
                let names: Vec<String> =
                    group.live.iter().map(|no| self.facts.full_address(*no)).collect();
                let shown = names.iter().take(NAMES).cloned().collect::<Vec<_>>().join(", ");
                let more = names.len().saturating_sub(NAMES);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!("could be any of those at {shown}{more}")
            }
            None => "behind a bridge that has no bus number yet".to_owned(),
        }
    }

    /// The monitor's report on the live device of the selected row.
    pub fn hardware(&self, target: Target) -> Vec<Detail> {
        let mut lines = LiveLines::default();
        let Some(no) = self.live_of(target) else { return lines.0 };
        let Some(device) = self.facts.device(no) else { return lines.0 };
        lines.add("in QEMU", self.called(no));
        lines.device(device);
        if let Some(pci) = &device.pci {
            let at = self.guest_address(no).map(|address| address.to_string());
            let id = pci.id.map(|id| id.to_string());
            let class = pci.class.map(|class| format!("class {class:04x}"));
            let words: Vec<String> = [at, id, class].into_iter().flatten().collect();
            lines.add("live at", words.join("  "));
            lines.pci(pci);
        }
        let file = self.facts.medium(no).and_then(|drive| drive.file.as_deref());
        lines.add("medium", masked_words(file.unwrap_or_default()));
        if device.handle().is_none() {
            return lines.0;
        }
        lines.add(
            "unplug",
            match self.facts.unplug(no, false) {
                Ok(unplug) if unplug.with.is_empty() => "possible".to_owned(),
                Ok(unplug) => {
                    let names: Vec<String> =
                        unplug.with.iter().take(NAMES).map(|no| self.called(*no)).collect();
                    let more = unplug.with.len().saturating_sub(NAMES);
                    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                    format!("possible, with {}{more}", names.join(", "))
                }
                Err(no) => format!("not possible: {}", no.why),
            },
        );
        lines.0
    }
}

#[derive(Default)]
struct LiveLines(Vec<Detail>);

impl LiveLines {
    fn add(&mut self, label: &'static str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.0.push(Detail { label, value, mark: Mark::None });
        }
    }

    fn device(&mut self, device: &LiveDevice) {
        self.add("MAC", device.mac.as_deref().unwrap_or_default());
        self.add("port name", device.name.as_deref().unwrap_or_default());
        if let Some((bus, number)) = device.usb {
            let number = if number == 0 { "none yet".to_owned() } else { number.to_string() };
            self.add("USB number", format!("bus {bus}, device {number}"));
        }
        if device.hotplugged == Some(true) {
            self.add("came", "after the guest's start");
        }
    }

    fn pci(&mut self, pci: &PciFacts) {
        self.add("subsystem", pci.subsystem.map(|id| id.to_string()).unwrap_or_default());
        let pin = pci.pin.map(|pin| format!("pin {pin}"));
        let irq = pci.irq.map(|irq| irq.to_string());
        self.add("irq", [irq, pin].into_iter().flatten().collect::<Vec<_>>().join(", "));
        if let Some(bridge) = pci.bridge {
            let behind = match bridge.secondary {
                0 => "no number yet".to_owned(),
                bus if bus == bridge.subordinate => format!("bus {bus:02x}"),
                bus => format!("buses {bus:02x} to {:02x}", bridge.subordinate),
            };
            self.add("behind it", behind);
        }
        for region in &pci.regions {
            self.add(bar(region.bar), region_words(region));
        }
    }
}

/// Labels of base address registers; 6 is the expansion ROM.
fn bar(number: u32) -> &'static str {
    match number {
        0 => "BAR0",
        1 => "BAR1",
        2 => "BAR2",
        3 => "BAR3",
        4 => "BAR4",
        5 => "BAR5",
        _ => "ROM",
    }
}

fn region_words(region: &Region) -> String {
    let kind = match (region.io, region.wide, region.prefetch) {
        (true, ..) => "I/O",
        (_, true, true) => "64 bit memory, prefetchable",
        (_, true, false) => "64 bit memory",
        (_, false, true) => "memory, prefetchable",
        (_, false, false) => "memory",
    };
    let size = region.size.map(|size| format!(", {}", bytes(size))).unwrap_or_default();
    match region.address {
        Some(address) => format!("{address:#x}  {kind}{size}"),
        None => format!("not mapped  {kind}{size}"),
    }
}

fn bytes(size: u64) -> String {
    match size {
        0..1024 => format!("{size} bytes"),
        size if size % (1 << 30) == 0 => format!("{} GiB", size >> 30),
        size if size % (1 << 20) == 0 => format!("{} MiB", size >> 20),
        size => format!("{} KiB", size >> 10),
    }
}
