//! The running guest beside the configured one: live devices as nodes of the topology, a second
//! mark for every row and cell, and lines with the monitor's report.

mod annotate;
mod guest;
mod lines;
mod mark;
mod names;
mod nodes;

pub use guest::{LiveGuest, Note, slot_places};
pub use mark::LiveMark;
pub use names::LiveNames;
