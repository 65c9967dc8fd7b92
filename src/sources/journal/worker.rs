//! The thread that writes: the screen never waits for a disk.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, SystemTime};

use super::folder::{self, JournalSlot};
use super::lock::{Holder, Lock};
use super::{JournalMessage, LeftOver};
use crate::edit::{Entry, Record};
use crate::sources::Companion;
use crate::text::ContentMark;

/// The interval of looking for other sessions.
const EVERY: Duration = Duration::from_secs(2);

/// Something to do.
#[derive(Debug)]
pub(super) enum JournalJob {
    /// Keep these edits.
    Keep {
        /// The text they were made on.
        base: ContentMark,
        /// The text that came of it.
        result: ContentMark,
        /// The edits to keep.
        entries: Vec<Entry>,
    },
    /// Remove the record.
    Clear,
    /// Remove a leftover record.
    Forget(Box<LeftOver>),
}

/// The state of the journal's thread.
pub(super) struct JournalWorker<T> {
    /// The source, as a person knows it.
    pub(super) source: String,
    /// The slot it writes to.
    pub(super) slot: JournalSlot,
    /// The slots of other sessions.
    pub(super) others: Vec<JournalSlot>,
    /// Other sessions that were reported already.
    pub(super) known: Vec<Holder>,
    /// Receives the messages.
    pub(super) tell: T,
}

/// Starts the thread; it ends when all senders are gone and everything is done.
pub(super) fn spawn<T: Fn(JournalMessage) + Send + 'static>(
    worker: JournalWorker<T>,
    inbox: Receiver<JournalJob>,
) -> io::Result<Companion> {
    Companion::start("journal", move || worker.run(&inbox))
}

impl<T: Fn(JournalMessage)> JournalWorker<T> {
    fn run(mut self, inbox: &Receiver<JournalJob>) {
        let mut is_failing = false;
        loop {
            match inbox.recv_timeout(EVERY) {
                Ok(first) => {
                    // Only the latest state counts; leftovers are removed when it is on disk.
                    let (mut latest, mut left) = (None, Vec::new());
                    for job in std::iter::once(first).chain(inbox.try_iter()) {
                        match job {
                            JournalJob::Forget(record) => left.push(record),
                            job => latest = Some(job),
                        }
                    }
                    let done = latest
                        .map_or(Ok(()), |job| self.write(job))
                        .and_then(|()| left.iter().try_for_each(|left| folder::remove(&left.slot)));
                    if let Err(error) = &done
                        && !is_failing
                    {
                        (self.tell)(JournalMessage::not_kept(&self.slot, error));
                    }
                    is_failing = done.is_err();
                }
                Err(RecvTimeoutError::Timeout) => self.look_around(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn write(&self, job: JournalJob) -> io::Result<()> {
        let JournalJob::Keep { base, result, entries } = job else {
            return folder::remove(&self.slot);
        };
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let writer = Holder::own().writer(now.map_or(0, |now| now.as_secs()));
        let record = Record::new(self.source.clone(), base, result, writer, entries);
        if !record.is_whole() {
            (self.tell)(JournalMessage::SecretLeftOut);
        }
        folder::write(&self.slot, &record)
    }

    /// Reports sessions that started after this one.
    fn look_around(&mut self) {
        for slot in &self.others {
            let Some(holder) = Lock::seen(slot.lock()) else { continue };
            if holder != Holder::own() && !self.known.contains(&holder) {
                (self.tell)(JournalMessage::Another(holder.clone()));
                self.known.push(holder);
            }
        }
    }
}
