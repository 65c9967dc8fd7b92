//! Saves a text so that a file is either the old one or the new one, never a part of either.
//!
//! The text goes into a new file beside the old one, is put on disk, and takes the old one's name
//! in one step. An interruption, such as a signal or a power failure, leaves the old file or the
//! new one. It may also leave one file `.virt-topo-*`, which the next save into the
//! same directory removes (`sources/fresh.rs`).
//!
//! - Mode, owner, group and extended attributes (SELinux label, ACL) go over to the new file. Those
//!   that cannot be kept are reported; rights are then never wider than they were.
//! - A symbolic link stays one, and what it leads to is written.
//! - A file with several names (hard links) is replaced under the one it was called by; the others
//!   keep the old text, and that is reported. Writing into the old file would keep them together, but
//!   could leave half a text.
//! - A file that may not be written is not replaced either, though its directory would allow that.
//! - A pipe, a device or an open descriptor (`/dev/stdout`) is written to as it is.

mod attributes;
mod backup;
mod error;
mod order;
mod replace;
mod stream;

use std::path::Path;

pub use error::{SaveError, words};
pub use order::{Over, Save, Saved};

impl Save {
    /// Puts `text` into the file at `path`.
    ///
    /// # Errors
    /// When that fails; the old file is then as it was.
    pub fn to(self, path: &Path, text: &str) -> Result<Saved, SaveError> {
        replace::put(self, path, text).map_err(|failure| failure.on(path))
    }
}
