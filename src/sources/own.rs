//! The program's own files: journal records, locks, new files that are not finished.
//!
//! Their names can be guessed, so that another user, or an accident, may have put something else in
//! their place. A link is not followed, a pipe is not waited for, and a file with a second name or
//! another owner is left alone. A directory is used only if no other user could exchange it: it and
//! all directories above it belong to the effective user or to root. (Root with the home directory
//! of another user has no such place.)

use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::geteuid;

use crate::text::Printable;

/// Reason why a file of the program's own was not opened.
#[derive(Debug)]
pub(super) enum OpenFileError {
    /// Something else is in its place; half a sentence about it.
    Foreign(&'static str),
    /// The system's error.
    Failed(io::Error),
}

impl From<io::Error> for OpenFileError {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<OpenFileError> for io::Error {
    fn from(error: OpenFileError) -> Self {
        match error {
            OpenFileError::Foreign(why) => Self::other(why),
            OpenFileError::Failed(error) => error,
        }
    }
}

/// Opens a file of ours with these flags; one that [`OFlags::CREATE`] makes is for its owner only.
///
/// # Errors
/// When it is no such file, or cannot be opened.
pub(super) fn open(path: &Path, flags: OFlags) -> Result<File, OpenFileError> {
    let safe = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags | safe, Mode::RUSR | Mode::WUSR) {
        Ok(file) => File::from(file),
        Err(Errno::LOOP) => return Err(OpenFileError::Foreign("it is a symbolic link")),
        // A socket, or a pipe that nothing reads.
        Err(Errno::NXIO) => return Err(OpenFileError::Foreign("it is not a regular file")),
        Err(error) => return Err(OpenFileError::Failed(error.into())),
    };
    match foreign(&file.metadata()?) {
        None => Ok(file),
        Some(why) => Err(OpenFileError::Foreign(why)),
    }
}

/// The difference of an open file from one of the program's own.
fn foreign(file: &Metadata) -> Option<&'static str> {
    if !file.is_file() {
        Some("it is not a regular file")
    } else if file.uid() != geteuid().as_raw() {
        Some("it belongs to another user")
    } else if file.nlink() > 1 {
        Some("it has a second name (hard link)")
    } else {
        None
    }
}

/// Makes a directory, and those above it that are missing, for the effective user only.
///
/// # Errors
/// When it cannot be made, or another user could exchange it.
pub(super) fn folder(path: &Path) -> io::Result<()> {
    trusted(path)?;
    if let Some(above) = path.ancestors().find(|above| above.exists()) {
        // The target of the program's own links.
        trusted(&fs::canonicalize(above)?)?;
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let made = fs::symlink_metadata(path)?;
    if !made.is_dir() {
        return Err(io::Error::other("it is not a directory"));
    }
    if made.uid() != geteuid().as_raw() {
        return Err(io::Error::other("it belongs to another user"));
    }
    if made.mode() & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Whether the existing part of a path belongs to the effective user or to root.
fn trusted(path: &Path) -> io::Result<()> {
    for place in path.ancestors().filter(|place| !place.as_os_str().is_empty()) {
        let owner = match fs::symlink_metadata(place) {
            Ok(there) => there.uid(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        if owner != 0 && owner != geteuid().as_raw() {
            let place = place.to_string_lossy();
            return Err(io::Error::other(format!(
                "{} belongs to user {owner}; XDG_STATE_HOME may name a directory of your own",
                Printable::new(&place)
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{chown, symlink};

    use rustix::fs::{CWD, FileType, mknodat};

    use super::*;

    fn why(path: &Path) -> String {
        io::Error::from(open(path, OFlags::RDWR | OFlags::CREATE).unwrap_err()).to_string()
    }

    #[test]
    fn only_a_regular_file_with_one_name_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let made = open(&path("new"), OFlags::RDWR | OFlags::CREATE).unwrap();
        assert_eq!(made.metadata().unwrap().mode() & 0o777, 0o600);
        fs::write(path("file"), "text").unwrap();
        assert!(open(&path("file"), OFlags::RDONLY).is_ok());
        symlink("file", path("link")).unwrap();
        symlink("nothing", path("dangling")).unwrap();
        for link in ["link", "dangling"] {
            assert_eq!(why(&path(link)), "it is a symbolic link");
        }
        assert!(!path("nothing").exists());
        mknodat(CWD, path("pipe"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        assert_eq!(why(&path("pipe")), "it is not a regular file");
        let reading = open(&path("pipe"), OFlags::RDONLY).unwrap_err();
        assert!(matches!(reading, OpenFileError::Foreign(_)), "{reading:?}");
        fs::hard_link(path("file"), path("name")).unwrap();
        assert_eq!(why(&path("name")), "it has a second name (hard link)");
        if chown(path("new"), Some(1234), None).is_ok() {
            assert_eq!(why(&path("new")), "it belongs to another user");
        }
    }

    #[test]
    fn a_directory_is_ours_with_all_above_it() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        folder(&path("a/b")).unwrap();
        assert_eq!(fs::metadata(path("a")).unwrap().mode() & 0o777, 0o700);
        fs::set_permissions(path("a/b"), Permissions::from_mode(0o755)).unwrap();
        folder(&path("a/b")).unwrap();
        assert_eq!(fs::metadata(path("a/b")).unwrap().mode() & 0o777, 0o700);
        // A link above it is a person's own arrangement, one in its place is not.
        symlink("a", path("link")).unwrap();
        folder(&path("link/c")).unwrap();
        symlink("b", path("a/d")).unwrap();
        assert!(folder(&path("a/d")).is_err());
        if chown(path("a"), Some(1234), None).is_err() {
            return;
        }
        for below in ["a", "a/b", "a/new/e", "link/c"] {
            let error = folder(&path(below)).unwrap_err().to_string();
            assert!(error.contains("belongs to user 1234"), "{below}: {error}");
        }
        assert!(!path("a/new").exists());
    }
}
