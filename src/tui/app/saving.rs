//! The state of saving, leaving and restoring, and the questions about them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::pager::Pager;
use crate::edit::Record;
use crate::sources::Save;
use crate::tui::action::Action;

/// The state of saving.
#[derive(Debug, Default)]
pub struct Saving {
    /// The options of saving, without the file that may be overwritten.
    pub how: Save,
    /// Whether the program quits after saving.
    pub then_leave: bool,
    /// Whether the text is printed after the screen is left: it was saved to `-`.
    pub print: bool,
    /// Whether unsaved changes survive the program.
    pub kept: bool,
    /// Unsaved changes of sessions that are gone; `None` for those that were taken up or forgotten.
    pub left_over: Vec<Option<LeftEdits>>,
}

/// Unsaved changes of a session that is gone.
#[derive(Clone, Debug)]
pub struct LeftEdits {
    /// The record of the changes.
    pub record: Record,
    /// The age of the last change.
    pub age: Duration,
}

/// A text that is to be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaveOrder {
    /// The path of the file.
    pub path: PathBuf,
    /// The text to save.
    pub text: Arc<str>,
    /// The file that may be overwritten.
    pub how: Save,
}

/// The review before saving.
#[derive(Clone, Debug)]
pub struct Review {
    /// Problems, changes and the difference of the text.
    pub pager: Pager,
    /// The text to save after the review.
    pub order: SaveOrder,
    /// The number of errors in the guest.
    pub errors: usize,
}

/// Something that only the user can decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// There are unsaved changes, and the program is to be left.
    Leave,
    /// Another program changed the file, or may have.
    Theirs,
    /// The file was removed.
    Gone,
    /// There is a file of this name.
    Exists,
    /// Changes were left over.
    LeftOver,
    /// The XML that is to be copied has secrets.
    Secrets,
    /// More elements are to be added than a guest usually has.
    ManyElements,
}

/// An answer to a question.
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
    /// Use the other text, without the own changes.
    TakeTheirs,
    /// Use the other text, with the own changes repeated.
    Reapply,
    /// Save all the same.
    Overwrite(SaveOrder),
    /// Save under another name.
    Elsewhere,
    /// Take up the changes with this number.
    Resume(usize),
    /// Forget the changes with this number.
    Forget(usize),
    /// Copy this text.
    Copy(String),
    /// Write the devices that libvirt would add, or with [`Action::AdoptLiveAll`] those that only run, into the document.
    Adopt(Action),
}

impl Question {
    /// The question as a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Leave => "Unsaved changes",
            Self::Theirs => "File on disk and your changes",
            Self::Gone => "The file was removed",
            Self::Exists => "The file exists already",
            Self::LeftOver => "Unsaved changes from an earlier session",
            Self::Secrets => "This XML has secrets",
            Self::ManyElements => "Many elements",
        }
    }
}
