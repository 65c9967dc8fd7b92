//! The record of the messages to and from a monitor.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::text::masked_words;

/// A message to or from the monitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Logged {
    /// A command to the monitor.
    Sent(String),
    /// A message of the monitor.
    Received(String),
    /// The guest was looked at, with so many questions.
    Looked(u64),
}

impl Logged {
    /// The longest logged text in characters; a longer one ends with an ellipsis.
    pub const LONGEST: usize = 8 << 10;
}

/// Receives the messages to and from the monitor.
#[derive(Clone, Default)]
pub(super) struct Log {
    listener: Option<Arc<Mutex<Listener>>>,
    /// Whether messages are only counted: querying a guest takes hundreds of commands.
    hushed: Arc<AtomicBool>,
    questions: Arc<AtomicU64>,
}

type Listener = dyn FnMut(Logged) + Send;

impl Log {
    pub(super) fn new(tell: impl FnMut(Logged) + Send + 'static) -> Self {
        Self { listener: Some(Arc::new(Mutex::new(tell))), ..Self::default() }
    }

    /// Logs a command.
    pub(super) fn sent(&self, line: &str) {
        if self.hushed.load(Ordering::Relaxed) {
            self.questions.fetch_add(1, Ordering::Relaxed);
        } else {
            self.write_with(|| Logged::Sent(line.to_owned()));
        }
    }

    /// Logs an answer; its text is only made for a listener.
    pub(super) fn answered(&self, text: impl FnOnce() -> String) {
        if !self.hushed.load(Ordering::Relaxed) {
            self.write_with(|| Logged::Received(text()));
        }
    }

    /// Logs a message that is only made for a listener, shortened if it is long, with marks for its secrets.
    pub(super) fn write_with(&self, logged: impl FnOnce() -> Logged) {
        if let Some(tell) = &self.listener
            && let Ok(mut tell) = tell.lock()
        {
            tell(match logged() {
                Logged::Sent(text) => Logged::Sent(shown(text)),
                Logged::Received(text) => Logged::Received(shown(text)),
                looked @ Logged::Looked(_) => looked,
            });
        }
    }

    /// Counts questions from now on.
    pub(super) fn hush(&self) {
        self.questions.store(0, Ordering::Relaxed);
        self.hushed.store(true, Ordering::Relaxed);
    }

    /// Logs every message again.
    pub(super) fn resume(&self) {
        self.hushed.store(false, Ordering::Relaxed);
    }

    /// Logs every message again, after the number of those that were only counted.
    pub(super) fn speak(&self) {
        self.resume();
        let questions = self.questions.load(Ordering::Relaxed);
        self.write_with(|| Logged::Looked(questions));
    }
}

fn shown(text: String) -> String {
    masked_words(&beginning(text)).into_owned()
}

fn beginning(text: String) -> String {
    if text.len() <= Logged::LONGEST {
        return text;
    }
    text.chars().take(Logged::LONGEST).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_in_what_is_logged() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let log = Log::new(move |logged| sink.lock().unwrap().push(logged));
        log.sent(r#"{"execute":"object-add","arguments":{"qom-type":"secret","data":"S3CR3T"}}"#);
        log.answered(|| r#"{"file":"https://u:S3CR3T@h/x","password":"S3CR3T"}"#.to_owned());
        let lines = format!("{:?}", lines.lock().unwrap());
        assert!(!lines.contains("S3CR3T"), "{lines}");
        assert_eq!(lines.matches("*****").count(), 3);
    }
}
