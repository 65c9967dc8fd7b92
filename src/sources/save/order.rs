//! The order of a save: the file it may overwrite, the backups it keeps, and its report.

use std::path::PathBuf;

use crate::text::ContentMark;

/// The file that a save may overwrite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Over {
    /// Whatever is there, or nothing.
    #[default]
    Anything,
    /// Only the text with this mark: the one that was read.
    Only(ContentMark),
    /// No file: there must be none.
    Nothing,
}

/// Options of saving.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Save {
    /// The file that may be overwritten.
    pub over: Over,
    /// Whether the old file is kept as `NAME.~1~`, `NAME.~2~`, ...
    pub backups: bool,
}

/// A text that was saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// The path of the old file, if it is kept.
    pub backup: Option<PathBuf>,
    /// Sentences about what could not be kept: an owner, or other names of the file that still have
    /// the old text.
    pub notes: Vec<String>,
}
