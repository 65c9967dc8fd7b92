//! Detected addresses as an edit of the document.

use super::adopt::{AdoptError, adopt_into};
use crate::detect::{AddressDiff, Confidence, Match, Matching};
use crate::edit::plan::{Marking, PlanError, Planner};
use crate::edit::revision::Revision;
use crate::live::{Facts, LiveNo};
use crate::model::address::Usb;
use crate::model::{Address, AddressMode, Change, Device, DeviceClass, Dialect, Domain, Placement};
use crate::text::TextEdit;
use crate::topology::{Guest, Topology};

/// Options: which findings are written into the document.
#[derive(Clone, Debug, Default)]
pub struct DetectOptions {
    /// Leave static addresses as they are, also where the guest has the device elsewhere.
    pub keep_static: bool,
    /// Leave out matches that are only likely.
    pub only_certain: bool,
    /// Make every detected address static: freeze. Only 2009's dialect has an attribute for it; in
    /// today's a written address is static.
    pub freeze: bool,
    /// Live devices that get an element of their own.
    pub adopt: Vec<LiveNo>,
}

/// The edit, and the devices that could not be part of it.
#[derive(Clone, Debug)]
pub struct DetectEdit {
    /// The edit of the document's text.
    pub edit: TextEdit,
    /// Devices that cannot be adopted, and why.
    pub refused: Vec<(LiveNo, AdoptError)>,
}

/// The detected addresses, and the adopted devices, as one edit of the document of `revision`.
/// `matching` compares its guest as it is written, without what libvirt would add.
///
/// In 2009's dialect an address that is set gets `mode='dynamic'`, one that was static already and
/// is right stays as it is; frozen, all are static. In today's dialect an address that is written is
/// static.
///
/// # Errors
/// As [`plan`](crate::edit::plan()): when an adopted device holds what XML cannot express.
pub fn write_detected(
    revision: &Revision,
    matching: &Matching,
    facts: &Facts,
    options: &DetectOptions,
) -> Result<DetectEdit, PlanError> {
    let domain = &revision.domain;
    let mode = if options.freeze { AddressMode::Static } else { AddressMode::Dynamic };
    let marking = match domain.dialect {
        Dialect::Current => Marking::None,
        Dialect::Of2009 => Marking::All(mode),
    };
    let mut planner = Planner::new(&revision.document, domain, marking);
    for pair in &matching.matches {
        let device = domain.device(pair.device).filter(|device| is_written(device));
        let address = device.and_then(|device| detected(domain, device, pair, facts, options));
        if let Some(to) = address {
            planner.add(&Change::Move { device: pair.device, to })?;
        }
    }
    let refused = if options.adopt.is_empty() {
        Vec::new()
    } else {
        let topology = Topology::build(domain);
        let guest = Guest { domain, topology: &topology };
        adopt_into(&mut planner, guest, matching, facts, &options.adopt)?
    };
    Ok(DetectEdit { edit: planner.finish()?, refused })
}

fn is_written(device: &Device) -> bool {
    !device.is_implied() && device.class() != DeviceClass::Qemu
}

/// The address a pair puts into the document; `None` when nothing is to change.
pub(super) fn detected(
    domain: &Domain,
    device: &Device,
    pair: &Match,
    facts: &Facts,
    options: &DetectOptions,
) -> Option<Address> {
    if options.only_certain && pair.matched_by.confidence() == Confidence::Likely {
        return None;
    }
    let address = pair.address.clone()?;
    let was_static = device.placement() == Placement::Static;
    if pair.diff == AddressDiff::Moved && was_static && options.keep_static {
        return None;
    }
    match domain.dialect {
        Dialect::Current => (pair.diff != AddressDiff::Same).then_some(address),
        Dialect::Of2009 => {
            let stays = pair.diff == AddressDiff::Same && was_static && !options.freeze;
            (!stays).then(|| of_2009(device, address, pair, facts))
        }
    }
}

/// The form of a USB address in 2009: the number that the guest has given the device; the port if
/// there is no number, or if a port is written.
fn of_2009(device: &Device, address: Address, pair: &Match, facts: &Facts) -> Address {
    let number = pair.live.and_then(|no| facts.device(no)?.usb).map(|(_, number)| number);
    let has_port = matches!(device.address(), Some(Address::Usb(Usb { port: Some(_), .. })));
    match (address, number) {
        (Address::Usb(usb), Some(number @ 1..)) if !has_port => {
            Address::Usb(Usb { bus: usb.bus, port: None, dev: Some(number) })
        }
        (address, _) => address,
    }
}
