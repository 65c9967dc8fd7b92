//! The journal of the loop: opened for each source, with its messages.

use super::app::{LeftEdits, Level};
use super::inbox::Outbox;
use super::message::Message;
use crate::edit::Entry;
use crate::sources::dirs::Dirs;
use crate::sources::{Journal, JournalMessage, JournalStart, LeftOver, Source};
use crate::text::ContentMark;

/// The journal of the source that is open.
pub(super) struct JournalClient {
    dirs: Option<Dirs>,
    outbox: Outbox,
    journal: Option<Journal>,
    left_over: Vec<Option<LeftOver>>,
}

impl JournalClient {
    /// A client without a journal.
    pub(super) fn new(dirs: Option<Dirs>, outbox: Outbox) -> Self {
        Self { dirs, outbox, journal: None, left_over: Vec::new() }
    }

    /// Opens the journal of `source`, whose text is `text`; returns messages for the user.
    pub(super) fn open(&mut self, source: &Source, text: &str) -> Vec<Message> {
        // The one before ends first: it may be the same source.
        self.journal = None;
        self.left_over.clear();
        let (outbox, name) = (self.outbox.clone(), source.name());
        let start = JournalStart::open(self.dirs.as_ref(), source, text, move |told| {
            let (level, text) = say(&name, &told);
            // The loop may have ended meanwhile.
            outbox.done(Message::Said(level, text));
        });
        let JournalStart { journal, left_over, others, trouble } = start;
        let edits = left_over.iter().map(|left| {
            let (record, age) = (left.record.clone(), left.age());
            LeftEdits { record, age }
        });
        let mut news = vec![Message::Journal(journal.is_some(), edits.collect())];
        news.extend(others.into_iter().map(|other| {
            let (level, text) = say(&source.name(), &JournalMessage::Another(other));
            Message::Said(level, text)
        }));
        news.extend(trouble.into_iter().map(|error| {
            let hint = error.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            Message::Said(Level::Warning, format!("{} {}{hint}", error.name, error.what))
        }));
        self.journal = journal;
        self.left_over = left_over.into_iter().map(Some).collect();
        news
    }

    /// Keeps these changes.
    pub(super) fn keep(&self, base: ContentMark, result: ContentMark, entries: Vec<Entry>) {
        if let Some(journal) = &self.journal {
            journal.keep(base, result, entries);
        }
    }

    /// Removes the record.
    pub(super) fn clear(&self) {
        if let Some(journal) = &self.journal {
            journal.clear();
        }
    }

    /// Removes a leftover record.
    pub(super) fn forget(&mut self, nth: usize) {
        let left = self.left_over.get_mut(nth).and_then(Option::take);
        if let (Some(journal), Some(left)) = (&self.journal, left) {
            journal.forget(left);
        }
    }
}

fn say(name: &str, told: &JournalMessage) -> (Level, String) {
    match told {
        JournalMessage::NotKept(error) => {
            (Level::Error, format!("Changes are not journaled: {} {}", error.name, error.what))
        }
        JournalMessage::SecretLeftOut => {
            let text = "A restored device may hold a password, so the journal does not keep it: \
                        save to keep it";
            (Level::Warning, text.to_owned())
        }
        JournalMessage::Another(holder) => {
            (Level::Warning, format!("{name} is also open in another session: {holder}"))
        }
    }
}
