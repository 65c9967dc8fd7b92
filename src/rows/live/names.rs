//! Numbers for live devices that stay while the guest changes.

use crate::live::{Facts, LiveDevice, LiveNo};
use crate::topology::LiveId;

/// The names of live devices, for as long as the program runs: a device with the name of one that
/// was there before gets the same number.
#[derive(Clone, Debug, Default)]
pub struct LiveNames(Vec<String>);

impl LiveNames {
    /// The number of a device.
    pub fn id(&mut self, facts: &Facts, no: LiveNo) -> LiveId {
        let name = name(facts, no);
        let known = self.0.iter().position(|own| *own == name);
        let nth = known.unwrap_or_else(|| {
            self.0.push(name);
            self.0.len() - 1
        });
        LiveId(u32::try_from(nth).unwrap_or(u32::MAX))
    }
}

/// The path if the monitor reports one, else the place and kind. A saved listing may have two of
/// one kind at one place: host bridges that each count from 0, or a text that was saved twice.
fn name(facts: &Facts, no: LiveNo) -> String {
    let Some(device) = facts.device(no) else { return String::new() };
    if let Some(path) = &device.path {
        return path.to_string();
    }
    let bus = device.bus.and_then(|bus| facts.bus(bus)).and_then(|bus| bus.name.as_deref());
    let number = |device: &LiveDevice| device.pci.as_ref().and_then(|pci| pci.bus).map(|bus| bus.0);
    let alike = |other: &LiveDevice| {
        (other.address, number(other)) == (device.address, number(device))
            && other.title() == device.title()
    };
    let before = facts.devices.iter().take(no.0).filter(|other| alike(other)).count();
    let (title, bus, address) = (device.title(), bus.unwrap_or_default(), device.address);
    format!("{title} {bus} {:?} {address} {before}", number(device))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::Answers;

    #[test]
    fn devices_that_a_listing_tells_twice_are_two() {
        let one =
            "  Bus  0, device   5, function 0:\n    Ethernet controller: PCI device 8086:100e\n";
        let facts = Answers::from_capture(&one.repeat(2)).unwrap().facts();
        let mut names = LiveNames::default();
        let ids = [LiveNo(0), LiveNo(1)].map(|no| names.id(&facts, no));
        assert_ne!(ids[0], ids[1]);
        assert_eq!(ids, [LiveNo(0), LiveNo(1)].map(|no| names.id(&facts, no)));
    }
}
