//! The new file beside the old one, until it takes the old one's name.
//!
//! It is called `.virt-topo-` and six letters or digits, and its writer holds a lock on it
//! (flock(2)). The kernel ends that lock with the process, however that ends, so that a file
//! without one is a leftover, and is removed by the next save into its directory.

use std::ffi::OsStr;
use std::fs::{self, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;
use tempfile::NamedTempFile;

use super::own;

/// The prefix of its name.
const PREFIX: &str = ".virt-topo-";

/// Length of the rest of its name, which is letters and digits.
const RANDOM: usize = 6;

/// How often another save may take a new file for a leftover, before it is locked.
const TRIES: usize = 8;

/// A new, empty, locked file in `folder` with these rights, as far as the process's mask allows.
pub(super) fn make(folder: &Path, mode: u32) -> io::Result<NamedTempFile> {
    for _ in 0..TRIES {
        let file = tempfile::Builder::new()
            .prefix(PREFIX)
            .rand_bytes(RANDOM)
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(folder)
            .map_err(without_path)?;
        match file.as_file().try_lock() {
            // Another process removed it between its creation and its lock.
            Err(TryLockError::WouldBlock) => {}
            Ok(()) if file.as_file().metadata()?.nlink() == 0 => {}
            // Without locks no process removes it.
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(file),
        }
    }
    Err(io::Error::other("another program keeps removing new files"))
}

/// The system's own error, without the path of the new file, which the user does not know.
fn without_path(error: io::Error) -> io::Error {
    let inner = error.get_ref().and_then(std::error::Error::source);
    let number = inner.and_then(|inner| inner.downcast_ref::<io::Error>()?.raw_os_error());
    number.map_or(error, io::Error::from_raw_os_error)
}

/// Removes the leftovers of killed saves in `folder`.
pub(super) fn sweep(folder: &Path) {
    // Errors are ignored: a remaining leftover does no harm.
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if !is_name(&entry.file_name()) || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        let path = entry.path();
        if let Ok(file) = own::open(&path, OFlags::RDONLY)
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(&path);
        }
    }
}

/// Whether [`make`] can have made a file of this name.
fn is_name(name: &OsStr) -> bool {
    let rest = name.as_encoded_bytes().strip_prefix(PREFIX.as_bytes());
    rest.is_some_and(|rest| rest.len() == RANDOM && rest.iter().all(u8::is_ascii_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_over_goes_and_what_is_in_use_stays() {
        let folder = tempfile::tempdir().unwrap();
        let used = make(folder.path(), 0o600).unwrap();
        let others = [
            ".virt-topo",
            ".virt-topo-",
            ".virt-topo-abcde",
            ".virt-topo-abcdefg",
            ".virt-topo-abc.ef",
            ".virt-topo-notes.txt",
            ".virt-topo-config.toml",
            "a.virt-topo-abcdef",
            "guest.xml",
        ];
        for name in others.into_iter().chain([".virt-topo-abcdef", ".virt-topo-Ab3dE9"]) {
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
        let mut want: Vec<_> = others.into_iter().chain([".virt-topo-folder", used]).collect();
        want.sort_unstable();
        assert_eq!(left, want);
    }
}
