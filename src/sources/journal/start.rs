//! Opens the journal of a source: finds a free slot, other sessions, and leftover records.

use std::io;
use std::path::Path;
use std::sync::mpsc;

use super::folder::{self, JournalSlot, RecordFile};
use super::lock::{Holder, Lock, LockError};
use super::worker::{self, JournalWorker};
use super::{Journal, JournalMessage, LeftOver};
use crate::sources::dirs::Dirs;
use crate::sources::{Source, SourceError};
use crate::text::{ContentMark, Printable};

/// The most sessions, running and ended, that are distinguished.
const SLOTS: usize = 16;

/// The result of opening a journal.
#[derive(Debug, Default)]
pub struct JournalStart {
    /// The journal; none where there is no place for it.
    pub journal: Option<Journal>,
    /// Unsaved edits of sessions that are gone, the latest first.
    pub left_over: Vec<LeftOver>,
    /// Sessions that have the same source open.
    pub others: Vec<Holder>,
    /// Problems for the user. The program goes on without the journal.
    pub trouble: Vec<SourceError>,
}

impl JournalStart {
    /// Opens the journal of `source`, whose text is `text`. `tell` is called on a thread of its
    /// own.
    ///
    /// Leftover edits that `text` already has, because they were saved in the last moment, are
    /// dropped.
    pub fn open(
        dirs: Option<&Dirs>,
        source: &Source,
        text: &str,
        tell: impl Fn(JournalMessage) + Send + 'static,
    ) -> Self {
        let mut start = Self::default();
        let Some(dirs) = dirs else {
            start.complain("the journal", "has no directory: HOME and XDG_STATE_HOME are unset");
            return start;
        };
        let folder = dirs.journals();
        if let Err(error) = folder::make(&folder) {
            start.complain(&shown(&folder), &format!("cannot be used: {error}"));
            return start;
        }
        let name = folder::name(source, text);
        let slots: Vec<JournalSlot> =
            (0..SLOTS).map(|nth| JournalSlot::new(&folder, &name, nth)).collect();
        let (mut own, mut is_failing) = (None, false);
        for slot in &slots {
            // Unused slots are examined only until one is found.
            if own.is_some() && !slot.record().exists() && !slot.lock().exists() {
                continue;
            }
            match Lock::take(slot.lock()) {
                Ok(lock) => start.look(slot, lock, text, &mut own),
                Err(LockError::Held(holder)) => start.others.push(holder),
                // The others fail for the same reason, as on a file system that is read-only.
                Err(LockError::Failed(_)) if is_failing => {}
                Err(LockError::Failed(error)) => {
                    is_failing = true;
                    start.complain(&shown(slot.lock()), &format!("cannot be locked: {error}"));
                }
            }
        }
        start.left_over.sort_by_key(|left| std::cmp::Reverse(left.record.writer.time));
        match own {
            Some((slot, lock)) => start.begin(source, slot, lock, slots, tell),
            None if start.trouble.is_empty() => {
                start.complain(&shown(&folder), "is full: too many sessions of this source");
            }
            None => {}
        }
        start
    }

    /// Examines a slot that no session uses.
    fn look(
        &mut self,
        slot: &JournalSlot,
        lock: Lock,
        text: &str,
        own: &mut Option<(JournalSlot, Lock)>,
    ) {
        match folder::read(slot) {
            RecordFile::Record(record) if record.result != Some(ContentMark::of(text)) => {
                let slot = slot.clone();
                self.left_over.push(LeftOver { record: *record, slot, _lock: lock });
                return;
            }
            RecordFile::Record(_) => {
                if let Err(error) = folder::remove(slot) {
                    self.complain(&shown(slot.record()), &format!("cannot be removed: {error}"));
                    return;
                }
            }
            RecordFile::Useless(why) => {
                let why = Printable::new(&why);
                match folder::put_aside(slot) {
                    Ok(aside) => {
                        let what = format!("has unsaved edits that cannot be read: {why}");
                        let kept = format!("it is kept as {}", shown(&aside));
                        self.trouble.push(SourceError::new(&shown(slot.record()), what).hint(kept));
                    }
                    Err(error) => {
                        self.complain(&shown(slot.record()), &format!("{why}; and {error}"));
                        return;
                    }
                }
            }
            RecordFile::Unreadable(error) => {
                self.complain(&shown(slot.record()), &format!("cannot be read: {error}"));
                return;
            }
            RecordFile::Nothing => {}
        }
        own.get_or_insert((slot.clone(), lock));
    }

    fn begin(
        &mut self,
        source: &Source,
        slot: JournalSlot,
        lock: Lock,
        slots: Vec<JournalSlot>,
        tell: impl Fn(JournalMessage) + Send + 'static,
    ) {
        let (jobs, inbox) = mpsc::channel();
        let others = slots.into_iter().filter(|other| *other != slot).collect();
        let worker = JournalWorker {
            source: source.name(),
            slot: slot.clone(),
            others,
            known: self.others.clone(),
            tell,
        };
        match worker::spawn(worker, inbox) {
            Ok(thread) => {
                let (jobs, worker) = (Some(jobs), Some(thread));
                self.journal = Some(Journal { jobs, worker, slot, _lock: lock });
            }
            Err(error) => self.complain("the journal", &format!("has no thread: {error}")),
        }
    }

    fn complain(&mut self, name: &str, what: &str) {
        let error = SourceError::new(name, what);
        self.trouble.push(error.hint("unsaved edits will be lost if the program is killed"));
    }
}

fn shown(path: &Path) -> String {
    Printable::new(&path.to_string_lossy()).to_string()
}

impl JournalMessage {
    /// An error of the worker.
    pub(super) fn not_kept(slot: &JournalSlot, error: &io::Error) -> Self {
        let what = format!("cannot be written: {error}");
        let error = SourceError::new(&shown(slot.record()), what);
        Self::NotKept(error.hint("unsaved edits will be lost if the program is killed"))
    }
}
