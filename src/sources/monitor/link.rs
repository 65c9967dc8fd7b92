//! A connection of either language.

use std::fmt;

use super::bell::Bell;
use super::hmp::{Hmp, without_telnet};
use super::log::{Log, Logged};
use super::qmp::Qmp;
use super::wire::{Incoming, Limits, Wire};
use super::{Endpoint, MonitorError};
use crate::sources::Deadline;

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
