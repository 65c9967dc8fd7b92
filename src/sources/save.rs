//! Writing a text so that a file is either the old one or the new one, never a part of either.

use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use super::SourceError;
use crate::text::Printable;

/// Puts `text` into the file at `path`.
///
/// The text goes into a new file beside it, which takes its place when it is safely on disk. Mode
/// and owner stay; a symbolic link stays a link, and what it leads to is written. What is no
/// regular file (a pipe, `/dev/stdout`) is written to as it is.
///
/// # Errors
/// When that fails; the old file is then as it was.
pub fn save(path: &Path, text: &str) -> Result<(), SourceError> {
    let name = Printable::new(&path.to_string_lossy()).to_string();
    put(path, text).map_err(|error| {
        let failed = SourceError::new(&name, format!("cannot be written: {error}"));
        match error.kind() {
            io::ErrorKind::PermissionDenied => {
                failed.hint("nothing was changed; '-o FILE' writes elsewhere, '-o -' prints")
            }
            io::ErrorKind::NotFound => failed.hint("is there such a directory?"),
            _ => failed.hint("nothing was changed"),
        }
    })
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    let target = end_of_links(path)?;
    let known = match fs::metadata(&target) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    match known {
        Some(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Some(metadata) if !metadata.is_file() => {
            File::options().write(true).open(&target)?.write_all(text.as_bytes())
        }
        known => replace(&target, known.as_ref(), text),
    }
}

/// What a chain of symbolic links leads to, there or not.
fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    /// As many as Linux follows (`fs/namei.c: MAXSYMLINKS`).
    const MOST: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST {
        let is_link = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink());
        if !is_link {
            return Ok(path);
        }
        let to = fs::read_link(&path)?;
        path = path.parent().unwrap_or(Path::new("")).join(to);
    }
    Err(io::Error::other("too many symbolic links"))
}

fn replace(target: &Path, known: Option<&Metadata>, text: &str) -> io::Result<()> {
    let folder = match target.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    // For a new file the process's mask applies, as to any other.
    let mode = known.map_or(0o666, |metadata| metadata.mode() & 0o7777);
    let mut file = tempfile::Builder::new()
        .prefix(".virt-topo-")
        .permissions(fs::Permissions::from_mode(mode))
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Some(known) = known {
        let own = file.as_file().metadata()?;
        if (own.uid(), own.gid()) != (known.uid(), known.gid()) {
            chown(file.path(), Some(known.uid()), Some(known.gid()))?;
        }
        // After the owner: changing that takes special bits away.
        file.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
    }
    file.as_file().sync_all()?;
    file.persist(target).map_err(|error| error.error)?;
    // The name is on disk with its directory; not every file system can be asked for that.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn mode_and_links_stay_and_nothing_else_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a.xml"), folder.path().join("link.xml"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("a.xml", &link).unwrap();
        save(&link, "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_new_file_is_made_where_a_dangling_link_leads() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link.xml");
        symlink("new.xml", &link).unwrap();
        save(&link, "text").unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("new.xml")).unwrap(), "text");
    }

    #[test]
    fn what_cannot_be_written_is_told_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let error = save(folder.path(), "x").unwrap_err();
        assert!(error.what.starts_with("cannot be written"), "{error}");
        let error = save(&folder.path().join("no/such/file"), "x").unwrap_err();
        assert!(error.hint.is_some(), "{error}");
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        symlink("other", &one).unwrap();
        symlink("one", &other).unwrap();
        assert!(save(&one, "x").unwrap_err().what.contains("too many symbolic links"));
    }
}
