//! A guest in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};

/// A folder with a guest, and a place for the program's state; removed with the value.
pub(crate) struct Home(tempfile::TempDir);

impl Home {
    /// A folder with this text in `guest.xml`.
    pub(crate) fn with(guest: &str) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::write(home.guest(), guest).unwrap();
        home
    }

    /// The path of the folder.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The guest's file.
    pub(crate) fn guest(&self) -> PathBuf {
        self.path().join("guest.xml")
    }
}
