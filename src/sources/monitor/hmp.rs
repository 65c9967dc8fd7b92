//! The human monitor: a prompt, an echo through a line editor, text until the next prompt.

use std::time::Duration;

use super::MonitorError;
use super::log::Log;
use super::wire::{Incoming, Limits, Wire};
use crate::sources::Deadline;

/// The end of an answer.
const PROMPT: &[u8] = b"(qemu) ";
/// The interval of reading unsolicited output.
const PAUSE: Duration = Duration::from_millis(10);

/// A monitor that speaks HMP, at its prompt.
pub struct Hmp {
    wire: Wire,
    limits: Limits,
    /// The deadline of the current task, however many commands it takes.
    pub(super) work: Deadline,
    log: Log,
}

impl Hmp {
    /// Goes on from a greeting that has begun with `bytes`, to the first prompt, which is to come
    /// before `deadline`.
    pub(super) fn greet(
        wire: Wire,
        bytes: Vec<u8>,
        limits: Limits,
        deadline: Deadline,
        log: Log,
    ) -> Result<Self, MonitorError> {
        let mut hmp = Self { wire, limits, work: Deadline::NEVER, log };
        hmp.until_prompt(bytes, deadline)?.ok_or(MonitorError::Silent(limits.greeting))?;
        Ok(hmp)
    }

    pub(super) fn log(&self) -> Log {
        self.log.clone()
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// The output of a command, with LF at the ends of lines.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn command(&mut self, line: &str) -> Result<String, MonitorError> {
        self.log.sent(line);
        // CR LF would count as two lines on a telnet monitor.
        let limit = self.limits.answer;
        let deadline = self.work.or(Deadline::after(limit));
        let answer = if self.wire.send(format!("{line}\n").as_bytes(), deadline)? {
            self.until_prompt(Vec::new(), deadline)?
        } else {
            None
        };
        let bytes = answer.ok_or(MonitorError::Silent(limit))?;
        let text = String::from_utf8_lossy(&bytes);
        // The first line is our own, as the line editor echoed it.
        let text = text.split_once('\n').map_or("", |(_, rest)| rest).replace('\r', "");
        self.log.answered(|| text.clone());
        Ok(text)
    }

    /// Waits until `deadline`, or until the bell rings. Unsolicited output is dropped: a guest's
    /// serial port may share the socket.
    pub(super) fn idle(&mut self, deadline: Deadline) -> Result<(), MonitorError> {
        loop {
            match self.wire.next(deadline)? {
                // Constant output is read in intervals only.
                Incoming::Bytes(_) => {
                    if self.wire.rest(deadline.or(Deadline::after(PAUSE)))? {
                        return Ok(());
                    }
                }
                Incoming::Nothing | Incoming::Woken => return Ok(()),
            }
        }
    }

    /// The output up to the next prompt that ends it; `None` if there is none before `deadline`.
    fn until_prompt(
        &mut self,
        mut bytes: Vec<u8>,
        deadline: Deadline,
    ) -> Result<Option<Vec<u8>>, MonitorError> {
        loop {
            if let Some(text) = bytes.strip_suffix(PROMPT)
                && (text.is_empty() || text.ends_with(b"\n"))
            {
                return Ok(Some(text.to_vec()));
            }
            match self.wire.next(deadline)? {
                Incoming::Bytes(more) => bytes.extend(without_telnet(&more)),
                Incoming::Nothing => return Ok(None),
                Incoming::Woken => {}
            }
            if bytes.len() > self.limits.bytes {
                return Err(MonitorError::TooLong(self.limits.bytes));
            }
        }
    }
}

/// The bytes without telnet's negotiation (RFC 854: IAC, a command, an option).
pub(super) fn without_telnet(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut bytes = bytes.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != 0xff {
            out.push(byte);
        } else if matches!(bytes.next(), Some(0xfb..=0xfe)) {
            bytes.next();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negotiation_is_no_text() {
        let greeting = b"\xff\xfb\x01\xff\xfb\x03\xff\xfb\x00\xff\xfd\x00QEMU 10";
        assert_eq!(without_telnet(greeting), b"QEMU 10");
        assert_eq!(without_telnet(b"\xff"), b"");
        assert_eq!(without_telnet(b"a\xff\xfb"), b"a");
    }
}
