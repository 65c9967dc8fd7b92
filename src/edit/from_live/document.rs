//! A document for a guest that has none: its machine, and an element for everything it has.

use thiserror::Error;

use super::skeleton::{skeleton, without_empty_arguments};
use super::write::{DetectOptions, write_detected};
use crate::detect::Matching;
use crate::edit::revision::{OpenError, Revision};
use crate::live::{Facts, LiveDevice};
use crate::text::Printable;
use crate::topology::Topology;

/// A document made from a running guest.
#[derive(Debug)]
pub struct LiveDocument {
    /// The document without the devices that libvirt would add: the guest may not have them.
    pub revision: Revision,
    /// Devices that libvirt has no element for, with the reason; safe to print.
    pub left_out: Vec<String>,
}

/// The reason why no document can be made.
#[derive(Debug, Error)]
#[error("cannot be described: {0}")]
pub struct LiveDocumentError(String);

/// Makes the document of the guest that `facts` describe.
///
/// # Errors
/// When an answer of the monitor cannot be written in XML.
pub fn document_from_live(facts: &Facts) -> Result<LiveDocument, LiveDocumentError> {
    let unreadable = |error: OpenError| LiveDocumentError(error.to_string());
    let empty = Revision::as_written(skeleton(facts)).map_err(unreadable)?;
    let topology = Topology::build(&empty.domain);
    let matching = Matching::of(&empty.domain, &topology, facts);
    let options =
        DetectOptions { adopt: matching.unconfigured.clone(), ..DetectOptions::default() };
    let written = write_detected(&empty, &matching, facts, &options)
        .map_err(|error| LiveDocumentError(error.to_string()))?;
    let text = written
        .edit
        .apply(empty.document.text())
        .map_err(|error| LiveDocumentError(error.to_string()))?;
    let revision = Revision::as_written(without_empty_arguments(&text)).map_err(unreadable)?;
    let left_out = written
        .refused
        .iter()
        .map(|(no, why)| {
            let title = facts.device(*no).map(LiveDevice::title).unwrap_or_default();
            Printable::new(&format!("{title}: {why}")).to_string()
        })
        .collect();
    Ok(LiveDocument { revision, left_out })
}
