//! Unsaved edits on disk, so that nothing is lost when the program ends without being asked.
//!
//! After each change a record of all unsaved ones is written on a thread of its own, whole and
//! safely on disk, into the state directory: `journal/HASH.N.json`, readable by its owner only.
//! `HASH` stands for the source (a file's canonical path), `N` for the session: usually 0. Two
//! sessions on one source have a number each, and each knows of the other: whoever runs holds a
//! lock on `HASH.N.lock`, which ends with the process however that ends. A record whose session is
//! gone is left over, and offered when the source is opened again.

mod folder;
mod lock;
mod start;
mod worker;

use std::sync::mpsc::Sender;
use std::time::{Duration, SystemTime};

pub use lock::Holder;
pub use start::JournalStart;

use super::{Companion, Deadline, SourceError};
use crate::edit::{Entry, Record};
use crate::text::ContentMark;
use folder::Slot;
use lock::Lock;
use worker::Job;

/// How long the last record is waited for when a session ends: a disk that is asleep wakes in that.
const ENDING: Duration = Duration::from_secs(3);

/// The unsaved edits of a session. Dropping it writes what is still to be written and leaves the
/// record for the next session.
#[derive(Debug)]
pub struct Journal {
    jobs: Option<Sender<Job>>,
    worker: Option<Companion>,
    slot: Slot,
    /// Held until the worker has ended.
    _lock: Lock,
}

/// What the journal's thread has to say.
#[derive(Debug)]
pub enum Told {
    /// Edits cannot be written; told once, until they can be again.
    NotKept(SourceError),
    /// A secret is left out: what is unsaved will be lost with the program.
    SecretLeftOut,
    /// Another session has opened the same source.
    Another(Holder),
}

/// A record whose session is gone. As long as it is looked at no other session is offered it.
#[derive(Debug)]
pub struct LeftOver {
    /// What it says.
    pub record: Record,
    slot: Slot,
    _lock: Lock,
}

impl LeftOver {
    /// How long ago it was written.
    pub fn age(&self) -> Duration {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        // The clock may have been set back since, and a damaged record may name any time.
        now.saturating_sub(Duration::from_secs(self.record.writer.time))
    }
}

impl Journal {
    /// Keeps these edits, which made `result` of `base`, instead of those kept before. Does not
    /// wait.
    pub fn keep(&self, base: ContentMark, result: ContentMark, entries: Vec<Entry>) {
        self.ask(Job::Keep { base, result, entries });
    }

    /// Keeps nothing: everything is saved, or is not wanted. Does not wait.
    pub fn clear(&self) {
        self.ask(Job::Clear);
    }

    /// Removes a record that was left over, after what was asked before is done. Does not wait.
    pub fn forget(&self, left: LeftOver) {
        self.ask(Job::Forget(Box::new(left)));
    }

    /// Where the record is, when there is one.
    pub fn path(&self) -> &std::path::Path {
        self.slot.record()
    }

    fn ask(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            // A worker that panicked has been reported by the panic itself.
            let _ = jobs.send(job);
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(worker) = self.worker.take() {
            worker.join(Deadline::after(ENDING));
        }
    }
}
