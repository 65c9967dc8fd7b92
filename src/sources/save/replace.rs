//! The steps of a save.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use rustix::io::Errno;

use super::error::{SaveFailure, words};
use super::order::{Over, Save, Saved};
use super::{attributes, backup, stream};
use crate::sources::fresh;
use crate::text::ContentMark;

pub(super) fn put(save: Save, path: &Path, text: &str) -> Result<Saved, SaveFailure> {
    let (target, is_descriptor) = end_of_links(path)?;
    let known = match fs::metadata(&target) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    match known {
        Some(metadata) if metadata.is_dir() => Err(io::Error::from(Errno::ISDIR).into()),
        Some(_) if save.over == Over::Nothing => Err(SaveFailure::Exists),
        Some(metadata) if is_descriptor || !metadata.is_file() => {
            stream::write(&target, text).map(|()| Saved::default())
        }
        None if matches!(save.over, Over::Only(_)) => Err(SaveFailure::Gone),
        known => replace(save, &target, known.as_ref(), text),
    }
}

/// The target of a chain of symbolic links, existing or not; and whether it is an open descriptor.
fn end_of_links(path: &Path) -> io::Result<(PathBuf, bool)> {
    /// The most links that Linux follows (`fs/namei.c: MAXSYMLINKS`).
    const MOST: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST {
        let is_link = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink());
        let folder = path.parent().unwrap_or(Path::new(""));
        let is_descriptor = is_link && stream::has_descriptors(folder);
        if !is_link || is_descriptor {
            return Ok((path, is_descriptor));
        }
        path = folder.join(fs::read_link(&path)?);
    }
    Err(io::Error::other("too many symbolic links"))
}

fn replace(
    save: Save,
    target: &Path,
    known: Option<&Metadata>,
    text: &str,
) -> Result<Saved, SaveFailure> {
    let folder = match target.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if known.is_some() {
        // The directory may allow what the file's mode does not.
        access(target, Access::WRITE_OK).map_err(|error| SaveFailure::ReadOnly(error.into()))?;
    }
    check(save.over, target)?;
    fresh::sweep(folder);
    // A new file gets the process's mask; a replaced one gets its rights after its owner.
    let mode = if known.is_some() { 0o600 } else { 0o666 };
    let mut new =
        fresh::make(folder, mode).map_err(|error| SaveFailure::Folder(folder.to_owned(), error))?;
    new.as_file_mut().write_all(text.as_bytes())?;
    let mut saved = Saved::default();
    if let Some(known) = known {
        saved.notes = attributes::carry_over(target, known, new.as_file())?;
        if let Some(others) = known.nlink().checked_sub(2) {
            let names = if others == 0 {
                "another name".into()
            } else {
                format!("{} other names", others + 1)
            };
            saved.notes.push(format!("the file has {names} (hard links), which keep the old text"));
        }
    }
    new.as_file().sync_all()?;
    // Writing took its time; from here to the rename is but a moment.
    check(save.over, target)?;
    if save.backups && known.is_some() {
        saved.backup = Some(backup::keep(folder, target).map_err(SaveFailure::Backup)?);
    }
    let renamed = match save.over {
        Over::Nothing => new.persist_noclobber(target),
        Over::Anything | Over::Only(_) => new.persist(target),
    };
    if let Err(error) = renamed {
        if let Some(backup) = saved.backup {
            // The old file has its own name still.
            let _ = fs::remove_file(backup);
        }
        return Err(match error.error {
            error if error.kind() == io::ErrorKind::AlreadyExists => SaveFailure::Exists,
            error => SaveFailure::Other(error),
        });
    }
    // The directory is synced too, for the new name; not every file system supports that.
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    if let Err(error) = synced
        && !matches!(
            Errno::from_io_error(&error),
            Some(Errno::INVAL | Errno::OPNOTSUPP | Errno::ACCESS)
        )
    {
        saved.notes.push(format!("it may not survive a power failure: {}", words(&error)));
    }
    Ok(saved)
}

/// Checks that the file at `target` may be overwritten.
fn check(over: Over, target: &Path) -> Result<(), SaveFailure> {
    let Over::Only(mark) = over else { return Ok(()) };
    let read = || {
        let file = File::open(target)?;
        if file.metadata()?.len() != mark.length() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        file.take(mark.length() + 1).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    };
    match read() {
        Ok(Some(bytes)) if ContentMark::of(&bytes) == mark => Ok(()),
        Ok(_) => Err(SaveFailure::Changed),
        Err(error) if io::Error::kind(&error) == io::ErrorKind::NotFound => Err(SaveFailure::Gone),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use rustix::fs::{CWD, FileType, Mode, XattrFlags, fgetxattr, mknodat, setxattr};

    use super::*;
    use crate::sources::SaveError;

    /// A folder with `guest.xml`, whose text is `old`.
    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("guest.xml");
        fs::write(&file, "old").unwrap();
        (folder, file)
    }

    fn save(path: &Path, text: &str) -> Result<Saved, SaveError> {
        Save::default().to(path, text)
    }

    fn names(folder: &tempfile::TempDir) -> Vec<String> {
        let entries = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn mode_and_links_stay_and_nothing_else_is_left_behind() {
        let (folder, file) = folder();
        let link = folder.path().join("link.xml");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("guest.xml", &link).unwrap();
        let saved = Save::default().to(&link, "new").unwrap();
        assert_eq!(saved, Saved::default());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(names(&folder), ["guest.xml", "link.xml"]);
    }

    #[test]
    fn a_new_file_is_made_where_a_dangling_link_leads() {
        let (folder, _) = folder();
        let link = folder.path().join("link.xml");
        symlink("new.xml", &link).unwrap();
        save(&link, "text").unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("new.xml")).unwrap(), "text");
    }

    #[test]
    fn owner_and_extended_attributes_stay() {
        let (_folder, file) = folder();
        // Owner may read and write, user 7 may read, mask read and write, others nothing.
        let entries: [(u16, u16, u32); 5] = [
            (0x01, 6, u32::MAX),
            (0x02, 4, 7),
            (0x04, 4, u32::MAX),
            (0x10, 6, u32::MAX),
            (0x20, 0, u32::MAX),
        ];
        let mut acl = 2_u32.to_le_bytes().to_vec();
        for (tag, rights, id) in entries {
            acl.extend(tag.to_le_bytes().into_iter().chain(rights.to_le_bytes()));
            acl.extend(id.to_le_bytes());
        }
        let attributes: [(&str, &[u8]); 3] = [
            ("user.note", b"mine"),
            ("security.selinux", b"system_u:object_r:virt_etc_t:s0\0"),
            ("system.posix_acl_access", &acl),
        ];
        // Not every file system and user may have each of them.
        let set: Vec<_> = attributes
            .into_iter()
            .filter(|(name, value)| setxattr(&file, *name, value, XattrFlags::empty()).is_ok())
            .collect();
        let is_others = std::os::unix::fs::chown(&file, Some(1), Some(2)).is_ok();
        let before = fs::metadata(&file).unwrap();
        let saved = Save::default().to(&file, "new").unwrap();
        assert_eq!(saved.notes, [""; 0]);
        let after = fs::metadata(&file).unwrap();
        assert_eq!(
            (after.mode(), after.uid(), after.gid()),
            (before.mode(), before.uid(), before.gid())
        );
        assert_ne!(after.ino(), before.ino());
        assert!(!is_others || after.uid() == 1);
        let new = File::open(&file).unwrap();
        for (name, value) in set {
            let mut buffer = [0; 256];
            let length = fgetxattr(&new, name, &mut buffer).unwrap();
            assert_eq!(&buffer[..length], value, "{name}");
        }
    }

    #[test]
    fn bits_that_give_rights_to_whoever_runs_it_do_not_stay() {
        let (_folder, file) = folder();
        for mode in [0o4755, 0o2755, 0o6644] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            let saved = Save { backups: true, ..Save::default() }.to(&file, "new").unwrap();
            assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, mode & 0o777);
            assert!(saved.notes[0].contains("bits were removed"), "{:?}", saved.notes);
        }
    }

    #[test]
    fn a_pipe_is_written_to_and_not_waited_for_without_end() {
        let (folder, file) = folder();
        let pipe = folder.path().join("pipe");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let error = save(&pipe, "text").unwrap_err();
        assert!(error.report().what.contains("nothing reads from this pipe"), "{error}");
        // More than a pipe holds, by a link, and with a reader that is late.
        let text = "text".repeat(100_000);
        symlink("pipe", folder.path().join("link")).unwrap();
        let reader = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(200));
            fs::read_to_string(pipe).unwrap()
        });
        save(&folder.path().join("link"), &text).unwrap();
        assert_eq!(reader.join().unwrap(), text);
        assert_eq!(names(&folder), ["guest.xml", "link", "pipe"]);
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    }

    #[test]
    fn a_descriptor_is_written_to_where_it_is() {
        use std::os::fd::AsRawFd as _;
        let (folder, file) = folder();
        let open = File::options().append(true).open(&file).unwrap();
        for folder in ["/dev/fd", "/proc/self/fd", "/proc/thread-self/fd"] {
            save(&PathBuf::from(format!("{folder}/{}", open.as_raw_fd())), "+new").unwrap();
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "old+new+new+new");
        let (mut reader, writer) = io::pipe().unwrap();
        save(&PathBuf::from(format!("/dev/fd/{}", writer.as_raw_fd())), "text").unwrap();
        drop(writer);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "text");
        assert_eq!(names(&folder), ["guest.xml"]);
    }

    #[test]
    fn other_names_of_the_file_keep_the_old_text_and_that_is_told() {
        let (folder, file) = folder();
        let other = folder.path().join("other.xml");
        fs::hard_link(&file, &other).unwrap();
        let saved = Save::default().to(&file, "new").unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "old");
        assert!(saved.notes[0].contains("has another name (hard links)"), "{:?}", saved.notes);
    }

    #[test]
    fn only_what_was_read_is_written_over() {
        let (_folder, file) = folder();
        let save = Save { over: Over::Only(ContentMark::of("old")), ..Save::default() };
        save.to(&file, "mine").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
        for theirs in ["new", "more than that"] {
            fs::write(&file, theirs).unwrap();
            let error = save.to(&file, "mine").unwrap_err();
            assert!(matches!(error, SaveError::Changed(_)), "{error}");
            assert_eq!(fs::read_to_string(&file).unwrap(), theirs);
        }
        fs::remove_file(&file).unwrap();
        assert!(matches!(save.to(&file, "mine"), Err(SaveError::Gone(_))));
        assert!(!file.exists());
    }

    #[test]
    fn a_new_file_is_not_written_over_another() {
        let (folder, file) = folder();
        let save = Save { over: Over::Nothing, ..Save::default() };
        assert!(matches!(save.to(&file, "mine"), Err(SaveError::Exists(_))));
        save.to(&folder.path().join("b.xml"), "mine").unwrap();
        assert_eq!(names(&folder), ["b.xml", "guest.xml"]);
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    }

    #[test]
    fn backups_are_the_files_as_they_were() {
        let (folder, file) = folder();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o604)).unwrap();
        let save = Save { backups: true, ..Save::default() };
        for text in ["new", "newer"] {
            let saved = save.to(&file, text).unwrap();
            assert!(saved.backup.is_some() && saved.notes.is_empty(), "{saved:?}");
        }
        assert_eq!(names(&folder), ["guest.xml", "guest.xml.~1~", "guest.xml.~2~"]);
        for (name, want) in [("guest.xml.~1~", "old"), ("guest.xml.~2~", "new")] {
            let path = folder.path().join(name);
            assert_eq!(fs::read_to_string(&path).unwrap(), want);
            assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o604);
        }
        let fresh = save.to(&folder.path().join("b.xml"), "text").unwrap();
        assert_eq!(fresh.backup, None);
    }

    #[test]
    fn what_cannot_be_written_is_told_and_stays() {
        let (folder, _) = folder();
        let error = save(folder.path(), "x").unwrap_err();
        assert!(error.report().what.starts_with("cannot be written"), "{error}");
        let error = save(&folder.path().join("no/such/file"), "x").unwrap_err();
        assert!(
            error.report().hint.as_deref().is_some_and(|hint| hint.contains("directory")),
            "{error}"
        );
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        symlink("other", &one).unwrap();
        symlink("one", &other).unwrap();
        assert!(save(&one, "x").unwrap_err().to_string().contains("too many symbolic links"));
    }
}
