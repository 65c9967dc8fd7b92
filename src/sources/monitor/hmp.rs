//! The human monitor: a prompt, an echo through a line editor, text until the next prompt.

use std::time::Instant;

use super::MonitorError;
use super::link::Log;
use super::wire::{Incoming, Limits, Wire};

/// What ends an answer.
const PROMPT: &[u8] = b"(qemu) ";

/// A monitor that speaks HMP, at its prompt.
pub struct Hmp {
    wire: Wire,
    limits: Limits,
    log: Log,
}

impl Hmp {
    /// Goes on from a greeting that has begun with `bytes`, to the first prompt.
    pub(super) fn greet(
        wire: Wire,
        bytes: Vec<u8>,
        limits: Limits,
        log: Log,
    ) -> Result<Self, MonitorError> {
        let mut hmp = Self { wire, limits, log };
        let limits = Limits { answer: limits.greeting, ..limits };
        hmp.until_prompt(bytes, &limits)?;
        Ok(hmp)
    }

    pub(super) fn log(&self) -> Log {
        self.log.clone()
    }

    /// What a command prints, with LF at the ends of lines.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn command(&mut self, line: &str) -> Result<String, MonitorError> {
        self.log.sent(line);
        // CR LF would count as two lines on a telnet monitor.
        self.wire.send(format!("{line}\n").as_bytes())?;
        let limits = self.limits;
        let bytes = self.until_prompt(Vec::new(), &limits)?;
        let text = String::from_utf8_lossy(&bytes);
        // The first line is our own, as the line editor echoed it.
        let text = text.split_once('\n').map_or("", |(_, rest)| rest).replace('\r', "");
        self.log.answered(|| text.clone());
        Ok(text)
    }

    /// Waits until `end`, or until somebody wakes us. What is said unasked is dropped: a guest's
    /// serial port may share the socket.
    pub(super) fn idle(&mut self, end: Option<Instant>) -> Result<(), MonitorError> {
        loop {
            match self.wire.next(end)? {
                Incoming::Bytes(_) => {}
                Incoming::Nothing | Incoming::Woken => return Ok(()),
            }
        }
    }

    /// Everything up to the next prompt, which is the last thing that was said.
    fn until_prompt(
        &mut self,
        mut bytes: Vec<u8>,
        limits: &Limits,
    ) -> Result<Vec<u8>, MonitorError> {
        let mut end = Instant::now() + limits.answer;
        loop {
            if let Some(text) = bytes.strip_suffix(PROMPT)
                && (text.is_empty() || text.ends_with(b"\n"))
            {
                return Ok(text.to_vec());
            }
            match self.wire.next(Some(end))? {
                Incoming::Bytes(more) => {
                    bytes.extend(without_telnet(&more));
                    end = Instant::now() + limits.answer;
                }
                Incoming::Nothing => return Err(MonitorError::Silent(limits.answer)),
                Incoming::Woken => {}
            }
            if bytes.len() > limits.bytes {
                return Err(MonitorError::TooLong(limits.bytes));
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
