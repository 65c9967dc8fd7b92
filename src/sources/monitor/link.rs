//! A connection of either language.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::bell::Bell;
use super::hmp::{Hmp, without_telnet};
use super::qmp::Qmp;
use super::wire::{Incoming, Limits, Wire};
use super::{Endpoint, MonitorError};
use crate::sources::Deadline;

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

    /// Logs a message that is only made for a listener, shortened if it is long.
    pub(super) fn write_with(&self, logged: impl FnOnce() -> Logged) {
        if let Some(tell) = &self.listener
            && let Ok(mut tell) = tell.lock()
        {
            tell(match logged() {
                Logged::Sent(text) => Logged::Sent(beginning(text)),
                Logged::Received(text) => Logged::Received(beginning(text)),
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
    fn speak(&self) {
        self.resume();
        let questions = self.questions.load(Ordering::Relaxed);
        self.write_with(|| Logged::Looked(questions));
    }
}

fn beginning(text: String) -> String {
    if text.len() <= Logged::LONGEST {
        return text;
    }
    text.chars().take(Logged::LONGEST).chain(['…']).collect()
}

/// A connected monitor.
pub enum Link {
    /// The monitor speaks QMP.
    Qmp(Box<Qmp>),
    /// The monitor speaks HMP.
    Hmp(Box<Hmp>),
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.language())
    }
}

/// Bytes that are no greeting, however they go on.
const ENOUGH: usize = 4096;

impl Link {
    /// Connects and waits for the greeting, which determines the language.
    ///
    /// # Errors
    /// When nothing listens, another client is served, or the input is no greeting.
    pub fn open(endpoint: &Endpoint, limits: Limits) -> Result<Self, MonitorError> {
        Self::open_with(endpoint, limits, Log::default(), Self::bell()?)
    }

    /// Like [`Link::open`]; `tell` receives all messages.
    ///
    /// # Errors
    /// Like [`Link::open`].
    pub fn open_logged(
        endpoint: &Endpoint,
        limits: Limits,
        tell: impl FnMut(Logged) + Send + 'static,
    ) -> Result<Self, MonitorError> {
        Self::open_with(endpoint, limits, Log::new(tell), Self::bell()?)
    }

    /// A bell for a connection without other users.
    fn bell() -> Result<Bell, MonitorError> {
        Bell::new().map_err(|error| MonitorError::failed(&error))
    }

    /// Like [`Link::open`]; `bell` ends every wait.
    pub(super) fn open_with(
        endpoint: &Endpoint,
        limits: Limits,
        log: Log,
        bell: Bell,
    ) -> Result<Self, MonitorError> {
        let mut wire = Wire::open(endpoint, &limits, bell)?;
        let deadline = Deadline::after(limits.greeting);
        let mut bytes = Vec::new();
        loop {
            match wire.next(deadline)? {
                Incoming::Bytes(more) => bytes.extend(without_telnet(&more)),
                Incoming::Nothing if bytes.is_empty() => {
                    return Err(MonitorError::Busy(limits.greeting));
                }
                Incoming::Nothing => return Err(MonitorError::garbage(&bytes)),
                Incoming::Woken => {}
            }
            let start = bytes.trim_ascii_start();
            if start.starts_with(b"{") {
                let qmp = Qmp::greet(wire, &bytes, limits, deadline, log)?;
                return Ok(Self::Qmp(Box::new(qmp)));
            }
            if start.starts_with(b"QEMU ") || start.starts_with(b"(qemu) ") {
                let hmp = Hmp::greet(wire, bytes, limits, deadline, log)?;
                return Ok(Self::Hmp(Box::new(hmp)));
            }
            let may_be = b"QEMU ".starts_with(start) || b"(qemu) ".starts_with(start);
            if bytes.len() > ENOUGH || !may_be {
                return Err(MonitorError::garbage(&bytes));
            }
        }
    }

    /// Runs `work`, of which the log only gets the number of commands.
    pub(super) fn hushed<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let log = match self {
            Self::Qmp(qmp) => qmp.log(),
            Self::Hmp(hmp) => hmp.log(),
        };
        log.hush();
        let done = work(self);
        log.speak();
        done
    }

    /// `QMP` or `HMP`.
    pub fn language(&self) -> &'static str {
        match self {
            Self::Qmp(_) => "QMP",
            Self::Hmp(_) => "HMP",
        }
    }
}
