//! Locks on sources: a locked file that names its holder.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use serde::{Deserialize, Serialize};

use crate::edit::Writer;
use crate::sources::own;
use crate::text::Printable;

/// Another session that has the same source open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The process id.
    pub pid: u32,
    /// The host it runs on.
    pub host: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {}", self.pid)?;
        if self.host != own_host() {
            write!(f, " on {}", Printable::new(&self.host))?;
        }
        Ok(())
    }
}

impl Holder {
    /// This process as a holder.
    pub(super) fn own() -> Self {
        Self { pid: std::process::id(), host: own_host() }
    }

    /// Whether the process runs; true if that cannot be known.
    fn is_alive(&self) -> bool {
        if self.host != own_host() {
            return true;
        }
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        pid.is_some_and(|pid| test_kill_process(pid) != Err(Errno::SRCH))
    }

    /// The writer of a record written at this second since 1970.
    pub(super) fn writer(self, time: u64) -> Writer {
        Writer { pid: self.pid, host: self.host, time }
    }
}

fn own_host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// A lock that is held until it is dropped or the process ends.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    /// The lock is the open file's.
    _file: File,
}

/// Why there is no lock to be had.
#[derive(Debug)]
pub(super) enum LockError {
    /// Another session holds the lock.
    Held(Holder),
    /// The file cannot be used.
    Failed(io::Error),
}

impl From<io::Error> for LockError {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl Lock {
    /// Takes the lock at `path`.
    ///
    /// If the file system has no locks, a process that is named in the file and still runs is the
    /// holder.
    pub(super) fn take(path: &Path) -> Result<Self, LockError> {
        /// How often the file may be removed by its holder in just that moment.
        const TRIES: usize = 8;
        for _ in 0..TRIES {
            let mut file =
                own::open(path, OFlags::RDWR | OFlags::CREATE).map_err(io::Error::from)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(LockError::Held(holder(&mut file))),
                Err(TryLockError::Error(_)) => {
                    let other = holder(&mut file);
                    if other.pid != 0 && other != Holder::own() && other.is_alive() {
                        return Err(LockError::Held(other));
                    }
                }
            }
            let named = fs::symlink_metadata(path).map(|named| (named.dev(), named.ino())).ok();
            let own = file.metadata()?;
            if named == Some((own.dev(), own.ino())) {
                write(&mut file)?;
                return Ok(Self { path: path.to_owned(), _file: file });
            }
        }
        Err(LockError::Failed(io::Error::other("another program keeps removing the lock")))
    }

    /// The holder of the lock at `path`, as far as its file names it; does not touch the lock.
    pub(super) fn seen(path: &Path) -> Option<Holder> {
        let mut file = own::open(path, OFlags::RDONLY).ok()?;
        let holder = holder(&mut file);
        (holder.pid != 0 && holder.is_alive()).then_some(holder)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is still locked: whoever waits for it sees that its name is gone.
        let _ = fs::remove_file(&self.path);
    }
}

/// The holder in a lock's file; process 0 if it names none yet.
fn holder(file: &mut File) -> Holder {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(4096).read_to_string(&mut text));
    let holder = read.ok().and_then(|_| serde_json::from_str(&text).ok());
    holder.unwrap_or(Holder { pid: 0, host: String::new() })
}

fn write(file: &mut File) -> io::Result<()> {
    let text = serde_json::to_string(&Holder::own())?;
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_and_the_other_hears_who() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        let lock = Lock::take(&path).unwrap();
        assert_eq!(Lock::seen(&path), Some(Holder::own()));
        match Lock::take(&path) {
            Err(LockError::Held(holder)) => assert_eq!(holder, Holder::own()),
            other => panic!("{other:?}"),
        }
        drop(lock);
        assert!(!path.exists(), "nothing is left behind");
        drop(Lock::take(&path).unwrap());
    }

    #[test]
    fn what_a_dead_process_left_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        // No process has this number (`/proc/sys/kernel/pid_max` is at most 4194304).
        let dead = Holder { pid: 4_194_305, ..Holder::own() };
        fs::write(&path, serde_json::to_string(&dead).unwrap()).unwrap();
        assert_eq!(Lock::seen(&path), None);
        Lock::take(&path).unwrap();
        fs::write(&path, "nonsense").unwrap();
        Lock::take(&path).unwrap();
    }
}
