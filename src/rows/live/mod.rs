//! The running guest beside the configured one: a second mark for every row and cell, rows for what
//! only runs, and lines that say what the monitor tells.

mod cells;
mod guest;
mod lay;
mod lines;
mod mark;
mod names;
mod room;

pub use guest::{LiveGuest, Note, slot_places};
pub use lay::Scope;
pub use mark::LiveMark;
pub use names::{LiveId, LiveNames};
