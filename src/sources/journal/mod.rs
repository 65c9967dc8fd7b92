//! Unsaved edits on disk, so that nothing is lost when the program ends unexpectedly.
//!
//! After each change a record of all unsaved ones is written on its own thread, completely and
//! safely, into the state directory: `journal/HASH.N.json`, readable by its owner only. `HASH`
//! identifies the source (a file's canonical path), `N` the session: usually 0. Two sessions on one
//! source have a number each and see each other: each holds a lock on `HASH.N.lock`, which ends
//! with the process however that ends. A record without a running session is left over, and offered
//! when the source is opened again.

mod folder;
mod left_over;
mod lock;
mod message;
mod start;
mod worker;

use std::sync::mpsc::Sender;
use std::time::Duration;

pub use left_over::LeftOver;
pub use lock::Holder;
pub use message::JournalMessage;
pub use start::JournalStart;

use super::{Companion, Deadline};
use crate::edit::Entry;
use crate::text::ContentMark;
use folder::JournalSlot;
use lock::Lock;
use worker::JournalJob;

/// How long the end of a session waits for the last record: a sleeping disk wakes in that time.
const ENDING: Duration = Duration::from_secs(3);

/// The unsaved edits of a session. Dropping it writes the remaining ones and leaves the record for
/// the next session.
#[derive(Debug)]
pub struct Journal {
    jobs: Option<Sender<JournalJob>>,
    worker: Option<Companion>,
    slot: JournalSlot,
    /// Held until the worker has ended.
    _lock: Lock,
}

impl Journal {
    /// Keeps these edits, which made `result` of `base`, instead of those kept before. Does not
    /// wait.
    pub fn keep(&self, base: ContentMark, result: ContentMark, entries: Vec<Entry>) {
        self.ask(JournalJob::Keep { base, result, entries });
    }

    /// Keeps nothing: everything is saved, or is not wanted. Does not wait.
    pub fn clear(&self) {
        self.ask(JournalJob::Clear);
    }

    /// Removes a leftover record, after earlier requests are done. Does not wait.
    pub fn forget(&self, left: LeftOver) {
        self.ask(JournalJob::Forget(Box::new(left)));
    }

    /// The path of the record, whether or not it exists.
    pub fn path(&self) -> &std::path::Path {
        self.slot.record()
    }

    fn ask(&self, job: JournalJob) {
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
