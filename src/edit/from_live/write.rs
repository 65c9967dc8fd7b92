//! Detected addresses as an edit of the document.

use super::adopt::{self, AdoptError};
use crate::detect::{AddressDiff, Confidence, Match, Matching};
use crate::live::{Facts, LiveNo};
use crate::model::address::Usb;
use crate::model::{Address, Device, DeviceClass, Dialect, Domain, Mode, Placement};
use crate::text::TextEdit;
use crate::topology::Topology;
use crate::xml::{Document, Patch, PatchError};

/// What of the findings goes into the document.
#[derive(Clone, Debug, Default)]
pub struct DetectOptions {
    /// Leave static addresses as they are, also where the guest has the device elsewhere.
    pub keep_static: bool,
    /// Leave out what is only likely.
    pub only_certain: bool,
    /// Make every detected address static: freeze. Only 2009's dialect has a word for it; in
    /// today's an address that is written is static.
    pub freeze: bool,
    /// Live devices that get an element of their own.
    pub adopt: Vec<LiveNo>,
}

/// An edit, and what could not be part of it.
#[derive(Clone, Debug)]
pub struct DetectEdit {
    /// The edit of the document's text.
    pub edit: TextEdit,
    /// Devices that cannot be adopted, and why.
    pub refused: Vec<(LiveNo, AdoptError)>,
}

/// A guest's document with all that follows from it.
#[derive(Clone, Copy, Debug)]
pub struct GuestText<'d> {
    /// The text with its elements.
    pub document: &'d Document,
    /// Its devices.
    pub domain: &'d Domain,
    /// Where they stand.
    pub topology: &'d Topology,
}

impl Matching {
    /// The detected addresses, and the adopted devices, as one edit of the document.
    ///
    /// In 2009's dialect an address that is set gets `mode='dynamic'`, one that was static already
    /// and is right stays as it is; frozen, all are static. In today's dialect an address that is
    /// written is static.
    ///
    /// # Errors
    /// As [`Patch`]: when an adopted device holds what XML cannot express.
    pub fn write(
        &self,
        guest: GuestText<'_>,
        facts: &Facts,
        write: &DetectOptions,
    ) -> Result<DetectEdit, PatchError> {
        let GuestText { document, domain, .. } = guest;
        let mut patch = Patch::new(document);
        for pair in &self.matches {
            let Some(device) = domain.device(pair.device).filter(|device| is_written(device))
            else {
                continue;
            };
            let Some((address, mode)) = wanted(domain, device, pair, facts, write) else {
                continue;
            };
            let Some(element) = device.element().and_then(|span| document.element_at(span)) else {
                continue;
            };
            patch.set_address(element, &address, mode)?;
        }
        let refused = adopt::adopt(&mut patch, guest, facts, self, write)?;
        Ok(DetectEdit { edit: patch.finish()?, refused })
    }
}

fn is_written(device: &Device) -> bool {
    !device.is_implied() && device.class() != DeviceClass::Qemu
}

/// The address a pair puts into the document; `None` when nothing is to change.
pub(super) fn wanted(
    domain: &Domain,
    device: &Device,
    pair: &Match,
    facts: &Facts,
    write: &DetectOptions,
) -> Option<(Address, Option<Mode>)> {
    if write.only_certain && pair.matched_by.confidence() == Confidence::Likely {
        return None;
    }
    let address = pair.address.clone()?;
    let was_static = device.placement() == Placement::Static;
    if pair.diff == AddressDiff::Moved && was_static && write.keep_static {
        return None;
    }
    match domain.dialect {
        Dialect::Current => (pair.diff != AddressDiff::Same).then_some((address, None)),
        Dialect::Of2009 => {
            let mode = match (write.freeze, was_static) {
                (true, _) => Mode::Static,
                (false, true) if pair.diff == AddressDiff::Same => return None,
                _ => Mode::Dynamic,
            };
            Some((of_2009(device, address, pair, facts), Some(mode)))
        }
    }
}

/// 2009 wrote the number that the guest had given a USB device; where the guest has given none, or
/// a port is written, the port says it.
fn of_2009(device: &Device, address: Address, pair: &Match, facts: &Facts) -> Address {
    let number = pair.live.and_then(|no| facts.device(no)?.usb).map(|(_, number)| number);
    let has_port = matches!(device.value(), Some(Address::Usb(Usb { port: Some(_), .. })));
    match (address, number) {
        (Address::Usb(usb), Some(number @ 1..)) if !has_port => {
            Address::Usb(Usb { bus: usb.bus, port: None, dev: Some(number) })
        }
        (address, _) => address,
    }
}
