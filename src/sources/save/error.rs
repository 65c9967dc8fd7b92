//! Errors of saving, with remedies.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::sources::SourceError;
use crate::text::Printable;

/// A text that was not saved. The old file is as it was.
#[derive(Debug)]
pub enum SaveError {
    /// The file differs from the one that was read.
    Changed(SourceError),
    /// The file that was read is there no more.
    Gone(SourceError),
    /// There is a file of this name already.
    Exists(SourceError),
    /// The system does not allow it.
    Failed(SourceError),
}

impl SaveError {
    /// The error to show to the user.
    pub fn report(&self) -> &SourceError {
        match self {
            Self::Changed(error)
            | Self::Gone(error)
            | Self::Exists(error)
            | Self::Failed(error) => error,
        }
    }
}

impl fmt::Display for SaveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report().fmt(f)
    }
}

impl std::error::Error for SaveError {}

/// The step that failed.
#[derive(Debug)]
pub(super) enum SaveFailure {
    /// The file differs from the one that was read.
    Changed,
    /// The file no longer exists.
    Gone,
    /// The file exists already.
    Exists,
    /// The file itself may not be written.
    ReadOnly(io::Error),
    /// No file can be made in this directory.
    Folder(PathBuf, io::Error),
    /// The old file could not be kept under another name.
    Backup(io::Error),
    /// The file is a pipe without a reader.
    NoReader,
    /// Any other error.
    Other(io::Error),
}

impl From<io::Error> for SaveFailure {
    fn from(error: io::Error) -> Self {
        Self::Other(error)
    }
}

impl SaveFailure {
    /// The error about the file at `path`.
    pub(super) fn on(self, path: &Path) -> SaveError {
        let name = shown(path);
        match self {
            Self::Changed => SaveError::Changed(
                SourceError::new(&name, "changed on disk since it was read")
                    .hint("nothing was written; reload it, or save to another file"),
            ),
            Self::Gone => SaveError::Gone(
                SourceError::new(&name, "no longer exists")
                    .hint("nothing was written; it was removed or renamed"),
            ),
            Self::Exists => SaveError::Exists(
                SourceError::new(&name, "exists already")
                    .hint("nothing was written; choose another name"),
            ),
            Self::ReadOnly(error) => {
                let failed = SourceError::new(&name, format!("is read-only: {}", words(&error)));
                SaveError::Failed(failed.hint(why(&error).unwrap_or(
                    "nothing was changed; make it writable (chmod u+w), or save to another file",
                )))
            }
            Self::Folder(folder, error) => {
                let what = format!(
                    "cannot be written: no file can be created in {}: {}",
                    shown(&folder),
                    words(&error)
                );
                SaveError::Failed(SourceError::new(&name, what).hint(why(&error).unwrap_or(
                    "nothing was changed; a temporary file is created beside it: make the \
                     directory writable, or save to another one",
                )))
            }
            Self::Backup(error) => {
                let what = format!("was not saved: no backup could be created: {}", words(&error));
                SaveError::Failed(SourceError::new(&name, what).hint(why(&error).unwrap_or(
                    "nothing was changed; `backups = false` in the configuration saves without",
                )))
            }
            Self::NoReader => SaveError::Failed(
                SourceError::new(&name, "cannot be written: nothing reads from this pipe")
                    .hint("nothing was written; start its reader first, or save to a file"),
            ),
            Self::Other(error) => {
                let what = format!("cannot be written: {}", words(&error));
                let hint = why(&error).unwrap_or("nothing was changed");
                SaveError::Failed(SourceError::new(&name, what).hint(hint))
            }
        }
    }
}

/// A path as it may be printed.
pub(super) fn shown(path: &Path) -> String {
    Printable::new(&path.to_string_lossy()).to_string()
}

/// The system's message for an error, without its number.
pub fn words(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error ") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}

/// Remedies for errors that mean the same in every step.
fn why(error: &io::Error) -> Option<&'static str> {
    Some(match Errno::from_io_error(error)? {
        Errno::NOENT => "check that the directory exists",
        Errno::ISDIR => "name a file in it",
        Errno::NOSPC | Errno::DQUOT => {
            "nothing was changed; free some space, or save to another file system"
        }
        Errno::FBIG => {
            "nothing was changed; files of this process have a largest size (ulimit -f), or those \
             of the file system do"
        }
        Errno::ROFS => "nothing was changed; save to another file system",
        Errno::BUSY => {
            "nothing was changed; is the file itself a mount point, as in a container? Save to \
             another file"
        }
        Errno::PERM => {
            "nothing was changed; is it immutable (lsattr), or not yours in a directory \
                        like /tmp? Save to another file"
        }
        Errno::IO => "nothing was changed; look for errors of the disk in the kernel's log",
        _ => return None,
    })
}
