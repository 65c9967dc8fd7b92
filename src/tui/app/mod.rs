//! The state of the screen: small structs with one concern each.
//!
//! Only `update` changes it; drawing reads it. Expensive derived data (rows, tokens)
//! is kept in [`Pictures`] and derived again when its inputs change.

mod changes;
mod cursors;
mod dialog;
mod live;
mod mode;
mod moving;
mod pager;
mod picker;
mod pictures;
mod problems;
mod saving;
mod scroll;
mod selection;
mod state;
mod status;
mod tree;

pub use changes::{ChangeLine, ChangeList};
pub use cursors::ListCursors;
pub use dialog::{Dialog, Plugging, Unplugging};
pub use live::{Asked, HotplugKind, LinkState, Live, LogLine, WireLog};
pub use mode::{AskedFor, Mode, ValuePrompt};
pub use moving::{Forecast, Moving, Stop};
pub use pager::{PageLine, Pager};
pub use picker::{Choice, Item, Picker, PickerKind, PickerMatch};
pub use pictures::{Matrix, Pictures, SlotCursor, function_target};
pub use problems::{Offer, OpenedProblem, ProblemList};
pub use saving::{Answer, LeftEdits, Question, Review, SaveOrder, Saving};
pub use scroll::{Scroll, follow};
pub use selection::Selection;
pub use state::{App, Keys, OpenDocument, Settings, ViewVariants};
pub use status::{Level, Status};
pub use tree::{Tree, Widths};
