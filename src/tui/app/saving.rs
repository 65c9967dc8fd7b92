//! What saving, leaving and taking up again need to know beside the guest, and what they ask.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::pager::Pager;
use crate::edit::Record;
use crate::sources::Save;

/// The state of saving.
#[derive(Debug, Default)]
pub struct Saving {
    /// How texts are saved, apart from what may be written over.
    pub how: Save,
    /// Whether the program is left as soon as the text is saved.
    pub then_leave: bool,
    /// Whether the text is printed when the screen has been left: it was saved to `-`.
    pub print: bool,
    /// Whether unsaved changes outlive the program.
    pub kept: bool,
    /// Unsaved changes of sessions that are gone; `None` for those that were taken up or forgotten.
    pub left_over: Vec<Option<LeftEdits>>,
}

/// Unsaved changes of a session that is gone.
#[derive(Clone, Debug)]
pub struct LeftEdits {
    /// What they are.
    pub record: Record,
    /// How long ago the last of them was made.
    pub age: Duration,
}

/// A text that is to be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaveOrder {
    /// Where.
    pub path: PathBuf,
    /// The text.
    pub text: Arc<str>,
    /// What may be written over.
    pub how: Save,
}

/// The last look at what will be saved.
#[derive(Clone, Debug)]
pub struct Review {
    /// Problems, changes and the difference of the text.
    pub pager: Pager,
    /// What is saved then.
    pub order: SaveOrder,
    /// How many errors the guest has.
    pub errors: usize,
}

/// Something that only the user can decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// There are unsaved changes, and the program is to be left.
    Leave,
    /// Somebody else changed the file, or may have.
    Theirs,
    /// The file was removed.
    Gone,
    /// There is a file of this name.
    Exists,
    /// Changes were left over.
    LeftOver,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Everything stays as it is.
    Stay,
    /// Save, and leave then.
    SaveAndLeave,
    /// Leave; changes are offered the next time.
    Leave,
    /// Leave without the changes.
    LeaveWithout,
    /// What the other wrote, without one's own changes.
    TakeTheirs,
    /// What the other wrote, with one's own changes done again.
    Reapply,
    /// Save all the same.
    Overwrite(SaveOrder),
    /// Save under another name.
    Elsewhere,
    /// Take up the changes with this number.
    Resume(usize),
    /// Forget the changes with this number.
    Forget(usize),
}

impl Question {
    /// What is asked, as a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Leave => "unsaved changes",
            Self::Theirs => "the file and your changes",
            Self::Gone => "the file is gone",
            Self::Exists => "there is such a file",
            Self::LeftOver => "changes that were never saved",
        }
    }
}
