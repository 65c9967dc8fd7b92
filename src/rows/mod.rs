//! Rows to draw, before they have widths and colours: for the screen and for `show`.
//!
//! Everything here is a function of a domain and its topology. The caller decides which rows are
//! folded; `report` and `tui` decide how a row looks.

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
