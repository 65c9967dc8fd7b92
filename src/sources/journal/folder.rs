//! The files of the journal: their names, and writing and reading them.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::edit::Record;
use crate::sources::own::{self, OpenFileError};
use crate::sources::{Source, fresh};
use crate::text::ContentMark;

/// The largest size of a record; a larger file is something else.
const MAX_BYTES: u64 = 256 << 20;

/// The place of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JournalSlot {
    record: PathBuf,
    lock: PathBuf,
}

impl JournalSlot {
    /// The place with this number for a source.
    pub(super) fn new(folder: &Path, source: &str, number: usize) -> Self {
        let name = |extension| folder.join(format!("{source}.{number}.{extension}"));
        Self { record: name("json"), lock: name("lock") }
    }

    /// Its record, there or not.
    pub(super) fn record(&self) -> &Path {
        &self.record
    }

    /// Its lock, there or not.
    pub(super) fn lock(&self) -> &Path {
        &self.lock
    }
}

/// The prefix of file names for this source. Standard input is identified by its text.
pub(super) fn name(source: &Source, text: &str) -> String {
    let mark = match source {
        Source::File(path) => ContentMark::of(canonical(path).as_os_str().as_bytes()),
        Source::Demo(name) => ContentMark::of(format!("demo:{name}")),
        Source::Monitor(name) => ContentMark::of(format!("monitor:{name}\0{text}")),
        Source::Stdin => ContentMark::of(format!("-\0{text}")),
    };
    mark.hash()
}

/// The one name of a file, also of one that is gone at the moment.
fn canonical(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).ok();
        match (folder, path.file_name()) {
            (Some(folder), Some(name)) => folder.join(name),
            _ => path.to_owned(),
        }
    })
}

/// Creates the directory, readable by its owner only.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    own::folder(folder)?;
    fresh::sweep(folder);
    Ok(())
}

/// Puts a record in its place, whole and on disk.
pub(super) fn write(slot: &JournalSlot, record: &Record) -> io::Result<()> {
    let json = record.to_json()?;
    let folder = slot.record.parent().unwrap_or(Path::new("."));
    let mut new = fresh::make(folder, 0o600)?;
    new.as_file_mut().write_all(json.as_bytes())?;
    new.as_file().sync_all()?;
    new.persist(&slot.record).map_err(|error| error.error)?;
    sync(folder);
    Ok(())
}

/// Removes a record, if there is one.
pub(super) fn remove(slot: &JournalSlot) -> io::Result<()> {
    match fs::remove_file(&slot.record) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Err(_) => return Ok(()),
        Ok(()) => {}
    }
    sync(slot.record.parent().unwrap_or(Path::new(".")));
    Ok(())
}

/// Syncs the directory, so that the name is on disk too; not every file system supports that.
fn sync(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

/// The content of a record's file.
pub(super) enum RecordFile {
    /// The file does not exist.
    Nothing,
    /// A valid record.
    Record(Box<Record>),
    /// No record, or none for this program; the reason.
    Useless(String),
    /// The file cannot be read.
    Unreadable(io::Error),
}

/// Looks for a record.
pub(super) fn read(slot: &JournalSlot) -> RecordFile {
    let mut bytes = Vec::new();
    let read = own::open(&slot.record, OFlags::RDONLY)
        .and_then(|file| Ok(file.take(MAX_BYTES).read_to_end(&mut bytes)?));
    match read {
        Err(OpenFileError::Failed(error)) if error.kind() == io::ErrorKind::NotFound => {
            RecordFile::Nothing
        }
        Err(OpenFileError::Failed(error)) => RecordFile::Unreadable(error),
        Err(OpenFileError::Foreign(why)) => RecordFile::Useless(why.to_owned()),
        Ok(_) => match Record::parse(&String::from_utf8_lossy(&bytes)) {
            Ok(record) => RecordFile::Record(Box::new(record)),
            Err(error) => RecordFile::Useless(error.to_string()),
        },
    }
}

/// Gives a useless record another name, so that it is neither lost nor in the way.
pub(super) fn put_aside(slot: &JournalSlot) -> io::Result<PathBuf> {
    let mut number = 1_u32;
    loop {
        let aside = slot.record.with_extension(format!("damaged-{number}"));
        match fs::hard_link(&slot.record, &aside) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < u32::MAX => {
                number += 1;
            }
            Err(_) => {
                // Without hard links there is one name for all of them.
                fs::rename(&slot.record, &aside)?;
                return Ok(aside);
            }
            Ok(()) => {
                fs::remove_file(&slot.record)?;
                return Ok(aside);
            }
        }
    }
}
