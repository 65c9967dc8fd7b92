//! Detects that a file differs from what was read: its name is looked up once a second, which works
//! for files replaced by rename, on network file systems and through links alike.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use super::{Companion, Deadline};

/// The interval of looking.
const EVERY: Duration = Duration::from_secs(1);
/// How long a changed file has to stay the same before it is reported: it may not be complete.
const SETTLED: Duration = Duration::from_millis(150);

/// How long the end of the thread is waited for: a network file system may block it.
const ENDING: Duration = Duration::from_millis(200);

/// Properties that distinguish two states of a file without reading it; `None` if it does not
/// exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp(Option<[i64; 5]>);

impl Stamp {
    /// The state of the file that `path` names now.
    pub fn of(path: &Path) -> Self {
        Self(std::fs::metadata(path).ok().map(|file| {
            let number = |n: u64| i64::from_ne_bytes(n.to_ne_bytes());
            let (dev, inode, size) = (number(file.dev()), number(file.ino()), number(file.size()));
            [dev, inode, size, file.mtime(), file.mtime_nsec()]
        }))
    }

    fn is_there(self) -> bool {
        self.0.is_some()
    }
}

/// The change of a watched file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// The file has other contents, or is another file.
    Changed,
    /// The file no longer exists.
    Gone,
}

/// A file that is being watched. Dropping it ends the watching.
#[derive(Debug)]
pub struct Watch {
    end: Option<Sender<()>>,
    thread: Option<Companion>,
}

impl Watch {
    /// Watches `path`, which was in the state `stamp` when it was read. `tell` is called on its own
    /// thread for every change; the watching ends when it returns false.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(
        path: PathBuf,
        stamp: Stamp,
        tell: impl Fn(Happened) -> bool + Send + 'static,
    ) -> io::Result<Self> {
        let (end, ended) = mpsc::channel::<()>();
        let thread = Companion::start("watch", move || {
            let mut known = stamp;
            while ended.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                let mut now = Stamp::of(&path);
                if now == known {
                    continue;
                }
                // Until it is the same twice.
                loop {
                    if ended.recv_timeout(SETTLED) != Err(RecvTimeoutError::Timeout) {
                        return;
                    }
                    let then = std::mem::replace(&mut now, Stamp::of(&path));
                    if then == now {
                        break;
                    }
                }
                known = now;
                let happened = if now.is_there() { Happened::Changed } else { Happened::Gone };
                if !tell(happened) {
                    return;
                }
            }
        })?;
        Ok(Self { end: Some(end), thread: Some(thread) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            thread.join(Deadline::after(ENDING));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_written_replaced_or_removed_is_noticed() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("guest.xml");
        std::fs::write(&path, "<domain/>").unwrap();
        let (sender, told) = mpsc::channel();
        let tell = move |happened| sender.send(happened).is_ok();
        let _watch = Watch::start(path.clone(), Stamp::of(&path), tell).unwrap();
        let next = || told.recv_timeout(Duration::from_secs(10)).unwrap();
        std::fs::write(&path, "<domain> </domain>").unwrap();
        assert_eq!(next(), Happened::Changed);
        let other = root.path().join("other.xml");
        std::fs::write(&other, "<domain> </domain>").unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert_eq!(next(), Happened::Changed);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(next(), Happened::Gone);
    }

    #[test]
    fn dropping_it_ends_it_at_once() {
        let watch = Watch::start("/nowhere".into(), Stamp::default(), |_| true).unwrap();
        let before = std::time::Instant::now();
        drop(watch);
        assert!(before.elapsed() < EVERY);
    }
}
