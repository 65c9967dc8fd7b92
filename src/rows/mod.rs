//! What is drawn, before it has widths and colours: plain rows for the screen and for `show`.
//!
//! Everything here is a function of a domain and its topology. Which rows are folded is told by the
//! caller; how a row looks is decided by `report` and `tui`.

mod detail;
mod details;
mod drives;
mod free;
mod headroom;
mod live;
mod mark;
mod names;
mod node;
mod path;
mod places;
mod row;
mod slots;
mod topology;
mod usb;
mod xml;

pub use detail::Detail;
pub use details::{Running, details, details_title};
pub use drives::{DriveCell, DriveRow, drives};
pub use headroom::{Headroom, headroom};
pub use live::{LiveGuest, LiveMark, LiveNames, Note, slot_places};
pub use mark::{GlyphSet, Mark, spelt_in_ascii};
pub use names::GuestNames;
pub use node::{target_of, title_of};
pub use path::{PathStep, path};
pub use places::Whereabouts;
pub use row::{Fold, Folds, Row, Target};
pub use slots::{FunctionCell, Port, SlotCell, SlotsBus, SlotsView, functions, slots};
pub use topology::topology;
pub use usb::usb;
pub use xml::{Token, tokens};

pub use crate::topology::Guest;
