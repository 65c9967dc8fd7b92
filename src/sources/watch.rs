//! Noticing that a file is no longer what was read: its name is looked up once a second, which
//! works for files replaced by rename, on network file systems and through links alike.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use super::{Companion, Deadline};

/// How often.
const EVERY: Duration = Duration::from_secs(1);
/// How long a file has to stay as it is before it is believed: whoever writes it may not be done.
const SETTLED: Duration = Duration::from_millis(150);

/// How long its end is waited for: a network file system may keep it from looking.
const ENDING: Duration = Duration::from_millis(200);

/// What tells two states of a file apart without reading it; nothing when it is not there.
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

/// What became of a watched file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It has other contents, or is another file.
    Changed,
    /// It is not there any more.
    Gone,
}

/// A file that is being watched. Dropping it ends the watching.
#[derive(Debug)]
pub struct Watch {
    end: Option<Sender<()>>,
    thread: Option<Companion>,
}

impl Watch {
    /// Watches `path`, which was in the state `stamp` when it was read. `tell` is called on a
    /// thread of its own for every change; the watching ends when it answers no.
    ///
    /// # Errors
    /// When there is no thread to be had.
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
