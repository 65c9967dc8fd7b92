//! A document for a guest that has none: its machine, and an element for everything it has.

use std::fmt;

use super::{OpenError, Revision};
use crate::detect::{
    Facts, GuestText, LiveDevice, Pairing, Write, skeleton, without_empty_arguments,
};
use crate::text::Printable;
use crate::topology::Topology;

/// A document made from a running guest.
#[derive(Debug)]
pub struct Made {
    /// The document, as it stands: what libvirt would add is not what the guest has.
    pub revision: Revision,
    /// What libvirt has no element for, with the reason; safe to print.
    pub left_out: Vec<String>,
}

/// Why no document can be made.
#[derive(Debug)]
pub struct NotMade(String);

impl fmt::Display for NotMade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot be described: {}", self.0)
    }
}

impl std::error::Error for NotMade {}

/// A document that says what the guest is that `facts` describe.
///
/// # Errors
/// When what the monitor says cannot be written in XML.
pub fn make(facts: &Facts) -> Result<Made, NotMade> {
    let unreadable = |error: OpenError| NotMade(error.to_string());
    let empty = Revision::as_written(skeleton(facts)).map_err(unreadable)?;
    let topology = Topology::build(&empty.domain);
    let pairing = Pairing::of(&empty.domain, &topology, facts);
    let guest = GuestText { document: &empty.document, domain: &empty.domain, topology: &topology };
    let write = Write { adopt: pairing.strangers.clone(), ..Write::default() };
    let written =
        pairing.write(guest, facts, &write).map_err(|error| NotMade(error.to_string()))?;
    let text =
        written.edit.apply(empty.document.text()).map_err(|error| NotMade(error.to_string()))?;
    let revision = Revision::as_written(without_empty_arguments(&text)).map_err(unreadable)?;
    let left_out = written
        .refused
        .iter()
        .map(|(no, why)| {
            let title = facts.device(*no).map(LiveDevice::title).unwrap_or_default();
            Printable::new(&format!("{title}: {why}")).to_string()
        })
        .collect();
    Ok(Made { revision, left_out })
}
