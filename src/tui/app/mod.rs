//! The state of the screen: small structs with one concern each.
//!
//! Only `update` changes it; drawing reads it. What is derived from the guest and costs time to
//! derive (rows, tokens) is made by [`DerivedViews`] when it is first read.

mod changes;
mod cursors;
mod derived;
mod dialog;
mod grids;
mod live;
mod mode;
mod moving;
mod pager;
mod picker;
mod problems;
mod saving;
mod scroll;
mod selection;
mod state;
mod status;
mod tree;
mod watched;

pub use changes::ChangeLine;
pub use cursors::ListCursors;
pub use derived::{DerivedViews, Inspected};
pub use dialog::{Dialog, Plugging, Unplugging};
pub use grids::{Matrix, SlotCursor, function_target};
pub use live::{Asked, HotplugKind, LinkState, Live, LogLine, WireLog};
pub use mode::{AskedFor, Mode, ValuePrompt};
pub use moving::{Forecast, Moving, Stop};
pub use pager::{PageLine, Pager};
pub use picker::{Choice, Item, Picker, PickerKind, PickerMatch};

pub use problems::{Offer, ProblemList};
pub use saving::{Answer, LeftEdits, Question, Review, SaveOrder, Saving};
pub use scroll::{Scroll, follow};
pub use selection::Selection;
pub use state::{App, Keys, OpenDocument, Settings, ViewVariants};
pub use status::{Level, Status};
pub use tree::{Tree, Widths};
pub use watched::Watched;
