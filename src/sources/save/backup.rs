//! The old file under another name: `guest.xml.~1~`, as GNU's numbered backups are called.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::sources::fresh;

/// Keeps the file at `target`, which is in `folder`, under the next number.
///
/// A hard link costs nothing and keeps everything about the old file, which the new one then takes
/// the name of. Where there are none (FAT, some network file systems) it is a copy.
pub(super) fn keep(folder: &Path, target: &Path) -> io::Result<PathBuf> {
    let name = target.file_name().unwrap_or_default();
    let mut number = last(folder, name)? + 1;
    loop {
        let path = folder.join(numbered(name, number));
        match fs::hard_link(target, &path) {
            Ok(()) => return Ok(path),
            // Another save was quicker.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(_) => return copy(folder, target, path),
        }
    }
}

fn copy(folder: &Path, target: &Path, path: PathBuf) -> io::Result<PathBuf> {
    let mut new = fresh::make(folder, 0o600)?;
    io::copy(&mut fs::File::open(target)?, new.as_file_mut())?;
    // The copy may belong to another user than the file: it gets no special bits.
    let mode = fs::metadata(target)?.mode() & 0o777;
    new.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
    new.as_file().sync_all()?;
    new.persist_noclobber(&path).map_err(|error| error.error)?;
    Ok(path)
}

/// The highest number there is.
fn last(folder: &Path, name: &OsStr) -> io::Result<u64> {
    let begins = name.as_encoded_bytes();
    let mut last = 0;
    for entry in fs::read_dir(folder)? {
        let found = entry?.file_name();
        let rest = found.as_encoded_bytes().strip_prefix(begins);
        let number = rest.and_then(|rest| rest.strip_prefix(b".~")?.strip_suffix(b"~"));
        let number =
            number.and_then(|number| std::str::from_utf8(number).ok()?.parse::<u32>().ok());
        last = last.max(number.map_or(0, u64::from));
    }
    Ok(last)
}

fn numbered(name: &OsStr, number: u64) -> OsString {
    let mut name = name.to_owned();
    name.push(format!(".~{number}~"));
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_behind_the_highest() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.xml");
        let huge = format!("a.xml.~{}~", u64::MAX);
        fs::write(folder.path().join(huge), "").unwrap();
        for name in ["a.xml", "a.xml.~2~", "a.xml.~9~", "a.xml.~x~", "b.xml.~40~", "a.xml.~41"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        for number in 10..12 {
            let kept = keep(folder.path(), &target).unwrap();
            assert_eq!(kept, folder.path().join(format!("a.xml.~{number}~")));
            assert_eq!(fs::read_to_string(kept).unwrap(), "a.xml");
        }
        let copied = copy(folder.path(), &target, folder.path().join("c")).unwrap();
        assert_eq!(fs::read_to_string(copied).unwrap(), "a.xml");
    }
}
