//! Writing a text so that a file is either the old one or the new one, never a part of either.
//!
//! The text goes into a new file beside the old one, is put on disk, and takes the old one's name
//! in one step. Whatever interrupts that, a signal or a power failure, leaves the old file or the
//! new one. What it may leave besides is one file `.virt-topo-*`, which the next save into the
//! same directory removes (`sources/fresh.rs`).
//!
//! - Mode, owner, group and extended attributes (SELinux label, ACL) go over to the new file. What
//!   could not is told; rights are then never wider than they were.
//! - A symbolic link stays one, and what it leads to is written.
//! - A file with several names (hard links) is replaced under the one it was called by; the others
//!   keep the old text, and that is told. Writing into the old file would keep them together, but
//!   could leave half a text.
//! - A file that may not be written is not replaced either, though its directory would allow that.
//! - What is no regular file (a pipe, a device) or an open descriptor (`/dev/stdout`) is written to as it is.

mod attributes;
mod backup;
mod error;
mod replace;
mod stream;

use std::path::{Path, PathBuf};

pub use error::{SaveError, words};

use crate::text::ContentMark;

/// What a save may write over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Over {
    /// Whatever is there, or nothing.
    #[default]
    Anything,
    /// Only the text with this mark: the one that was read.
    Only(ContentMark),
    /// Nothing: there must be no such file.
    Nothing,
}

/// How texts are saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Save {
    /// What may be written over.
    pub over: Over,
    /// Whether the old file is kept as `NAME.~1~`, `NAME.~2~`, ...
    pub backups: bool,
}

/// A text that was saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// Where the old file is kept.
    pub backup: Option<PathBuf>,
    /// What is not as it was, each a sentence: an owner that could not be kept, a name that still
    /// has the old text.
    pub notes: Vec<String>,
}

impl Save {
    /// Puts `text` into the file at `path`.
    ///
    /// # Errors
    /// When that fails; the old file is then as it was.
    pub fn to(self, path: &Path, text: &str) -> Result<Saved, SaveError> {
        replace::put(self, path, text).map_err(|failure| failure.on(path))
    }
}
