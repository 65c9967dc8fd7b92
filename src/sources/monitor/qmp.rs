//! The machine monitor: commands with answers by number, and events at any time.

use std::collections::VecDeque;
use std::time::Instant;

use serde_json::{Value, json};

use super::frames::Frames;
use super::link::{Log, Logged};
use super::wire::{Incoming, Limits, Wire};
use super::{CallError, MonitorError};
use crate::detect::QomWalk;

/// Something that happened to the guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// `DEVICE_DELETED`, `RESET`, ...
    pub name: String,
    /// What it says.
    pub data: Value,
}

/// A monitor that speaks QMP, past its greeting.
pub struct Qmp {
    wire: Wire,
    frames: Frames,
    events: VecDeque<Event>,
    next: u64,
    limits: Limits,
    greeting: Value,
    log: Log,
    /// What is known of the guest's objects, from look to look.
    pub(super) objects: QomWalk,
}

/// Commands that are sent before their answers are read: few enough that neither side waits for
/// room in the other's buffer.
const AHEAD: usize = 32;
/// Events that wait to be asked for; the oldest go first.
const EVENTS: usize = 10_000;

impl Qmp {
    /// Goes on from a greeting that has begun with `bytes`.
    pub(super) fn greet(
        wire: Wire,
        bytes: &[u8],
        limits: Limits,
        log: Log,
    ) -> Result<Self, MonitorError> {
        let mut frames = Frames::default();
        frames.push(bytes);
        let greeting = Value::Null;
        let events = VecDeque::new();
        let objects = QomWalk::default();
        let mut qmp = Self { wire, frames, events, next: 1, limits, greeting, log, objects };
        let end = Instant::now() + limits.greeting;
        let greeting = loop {
            match qmp.receive(Some(end))? {
                Some(value) => break value,
                None if Instant::now() >= end => return Err(MonitorError::Silent(limits.greeting)),
                None => {}
            }
        };
        if greeting.get("QMP").is_none() {
            return Err(MonitorError::garbage(greeting.to_string().as_bytes()));
        }
        qmp.greeting = greeting;
        match qmp.call("qmp_capabilities", json!({})) {
            Ok(_) => Ok(qmp),
            Err(CallError::Link(error)) => Err(error),
            Err(CallError::Refused { words, .. }) => Err(MonitorError::Failed(words)),
        }
    }

    pub(super) fn log(&self) -> Log {
        self.log.clone()
    }

    /// What it said first.
    pub fn greeting(&self) -> &Value {
        &self.greeting
    }

    /// The result of one command.
    ///
    /// # Errors
    /// When the monitor refuses it, or the connection fails.
    pub fn call(&mut self, command: &str, arguments: Value) -> Result<Value, CallError> {
        let mut results = self.call_all(&[(command.to_owned(), arguments)])?;
        results.pop().unwrap_or_else(|| Err(MonitorError::Closed.into()))
    }

    /// What a line of the human monitor prints.
    ///
    /// # Errors
    /// As [`Qmp::call`].
    pub fn human(&mut self, line: &str) -> Result<String, CallError> {
        let answer = self.call("human-monitor-command", json!({ "command-line": line }))?;
        Ok(answer.as_str().unwrap_or_default().to_owned())
    }

    /// The results of many commands, in their order; they are sent ahead of their answers.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn call_all(
        &mut self,
        commands: &[(String, Value)],
    ) -> Result<Vec<Result<Value, CallError>>, MonitorError> {
        let mut results = Vec::with_capacity(commands.len());
        for batch in commands.chunks(AHEAD) {
            let first = self.next;
            let mut sent = String::new();
            for (command, arguments) in batch {
                let message =
                    json!({ "execute": command, "arguments": arguments, "id": self.next });
                let line = message.to_string();
                self.log.sent(&line);
                sent.push_str(&line);
                sent.push('\n');
                self.next += 1;
            }
            self.wire.send(sent.as_bytes())?;
            let mut answers: Vec<Option<Result<Value, CallError>>> = vec![None; batch.len()];
            let mut open = batch.len();
            let mut end = Instant::now() + self.limits.answer;
            while open > 0 {
                let Some(message) = self.receive(Some(end))? else {
                    if Instant::now() >= end {
                        return Err(MonitorError::Silent(self.limits.answer));
                    }
                    continue;
                };
                let number = message.get("id").and_then(Value::as_u64);
                let slot = number
                    .and_then(|number| usize::try_from(number.checked_sub(first)?).ok())
                    .and_then(|nth| answers.get_mut(nth));
                // An answer to a command whose caller has given up is nobody's.
                if let Some(slot) = slot.filter(|slot| slot.is_none()) {
                    *slot = Some(result(message));
                    open -= 1;
                    end = Instant::now() + self.limits.answer;
                }
            }
            results.extend(answers.into_iter().flatten());
        }
        Ok(results)
    }

    /// The next event until `end`; `None` when there was none, or somebody woke us.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn event(&mut self, end: Option<Instant>) -> Result<Option<Event>, MonitorError> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            if let Some(value) = self.frame()? {
                self.sort(value);
                continue;
            }
            match self.wire.next(end)? {
                Incoming::Bytes(bytes) => self.take(&bytes)?,
                Incoming::Nothing | Incoming::Woken => return Ok(None),
            }
        }
    }

    /// The next answer; events are kept. `None` when the time is over or somebody woke us.
    fn receive(&mut self, end: Option<Instant>) -> Result<Option<Value>, MonitorError> {
        loop {
            while let Some(value) = self.frame()? {
                if let Some(answer) = self.sort(value) {
                    return Ok(Some(answer));
                }
            }
            match self.wire.next(end)? {
                Incoming::Bytes(bytes) => self.take(&bytes)?,
                Incoming::Nothing => return Ok(None),
                // Whoever woke us will be looked after when the answer is here.
                Incoming::Woken => {}
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), MonitorError> {
        self.frames.push(bytes);
        if self.frames.pending() > self.limits.bytes {
            return Err(MonitorError::TooLong(self.limits.bytes));
        }
        Ok(())
    }

    fn frame(&mut self) -> Result<Option<Value>, MonitorError> {
        self.frames.next().map_err(|error| MonitorError::garbage(&error.0))
    }

    /// Keeps an event; gives back what is none.
    fn sort(&mut self, value: Value) -> Option<Value> {
        let Some(name) = value.get("event").and_then(Value::as_str) else {
            self.log.answered(|| value.to_string());
            return Some(value);
        };
        self.log.write_with(|| Logged::Received(value.to_string()));
        if self.events.len() == EVENTS {
            self.events.pop_front();
        }
        let data = value.get("data").cloned().unwrap_or(Value::Null);
        // Now, and not when somebody asks for the event: answers that wait here may be newer.
        if name == "DEVICE_DELETED"
            && let Some(path) = data.get("path").and_then(Value::as_str)
        {
            self.objects.forget(path);
        }
        self.events.push_back(Event { name: name.to_owned(), data });
        None
    }
}

fn result(mut message: Value) -> Result<Value, CallError> {
    if let Some(error) = message.get("error") {
        let word = |name| error.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        return Err(CallError::Refused { class: word("class"), words: word("desc") });
    }
    Ok(message.get_mut("return").map(Value::take).unwrap_or_default())
}
