//! The new file beside the old one, until it takes the old one's name.
//!
//! It is called `.virt-topo-` and six letters, and who writes it holds a lock on it (flock(2)).
//! The kernel ends that lock with the process, however that ends, so that a file without one is
//! left over, and goes with the next save into its directory.

use std::fs::{self, File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use tempfile::NamedTempFile;

/// What its name begins with.
const PREFIX: &str = ".virt-topo-";

/// How often another save may take a new file for one that is left over, before it is locked.
const TRIES: usize = 8;

/// A new, empty, locked file in `folder` with these rights, as far as the process's mask allows.
pub(super) fn make(folder: &Path, mode: u32) -> io::Result<NamedTempFile> {
    for _ in 0..TRIES {
        let file = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(folder)
            .map_err(without_path)?;
        match file.as_file().try_lock() {
            // Somebody swept it away between its making and its lock.
            Err(TryLockError::WouldBlock) => {}
            Ok(()) if file.as_file().metadata()?.nlink() == 0 => {}
            // Without locks nobody sweeps.
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(file),
        }
    }
    Err(io::Error::other("new files are removed again and again"))
}

/// The system's own error: it comes wrapped, with a path nobody has heard of.
fn without_path(error: io::Error) -> io::Error {
    let inner = error.get_ref().and_then(std::error::Error::source);
    let number = inner.and_then(|inner| inner.downcast_ref::<io::Error>()?.raw_os_error());
    number.map_or(error, io::Error::from_raw_os_error)
}

/// Removes what saves that were killed have left in `folder`.
pub(super) fn sweep(folder: &Path) {
    // Nobody is helped by hearing that a leftover stays.
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if !is_ours || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        let path = entry.path();
        if let Ok(file) = File::open(&path)
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_over_goes_and_what_is_in_use_stays() {
        let folder = tempfile::tempdir().unwrap();
        let used = make(folder.path(), 0o600).unwrap();
        for name in [".virt-topo-abcdef", ".virt-topo", "guest.xml"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join(".virt-topo-folder")).unwrap();
        sweep(folder.path());
        let mut left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        let used = used.path().file_name().unwrap().to_str().unwrap();
        let mut want = [".virt-topo", ".virt-topo-folder", used, "guest.xml"];
        want.sort_unstable();
        assert_eq!(left, want);
    }
}
