//! The machine monitor: commands with answers by number, and events at any time.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::frames::{Frame, FrameError, Frames};
use super::log::{Log, Logged};
use super::wire::{Incoming, Limits, Wire};
use super::{CallError, MonitorError};
use crate::live::QomWalk;
use crate::sources::Deadline;

/// Something that happened to the guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// `DEVICE_DELETED`, `RESET`, ...
    pub name: String,
    /// The event's data.
    pub data: Value,
}

/// A monitor that speaks QMP, past its greeting.
pub struct Qmp {
    wire: Wire,
    frames: Frames,
    events: Events,
    next: u64,
    limits: Limits,
    /// The deadline of the current task, however many commands it takes.
    pub(super) work: Deadline,
    greeting: Value,
    log: Log,
    /// Known objects of the guest, kept between queries.
    pub(super) objects: QomWalk,
}

/// Commands that are sent before their answers are read: few enough that neither side waits for
/// space in the other's buffer.
pub(super) const AHEAD: usize = 32;

/// An event that weighs more comes without its data: those of QEMU name a device or two.
const HEAVIEST_EVENT: usize = 64 << 10;
/// Letters of an event's name; QEMU's have up to forty (`qapi/`).
const LONGEST_NAME: usize = 200;

/// Events that were not fetched yet; if they are too many or too heavy the oldest are dropped.
#[derive(Default)]
struct Events {
    queue: VecDeque<(Event, usize)>,
    weight: usize,
}

impl Events {
    /// Events that are kept, and their weight in bytes.
    const MOST: (usize, usize) = (10_000, 8 << 20);

    fn push(&mut self, event: Event, weight: usize) {
        self.queue.push_back((event, weight));
        self.weight += weight;
        while self.queue.len() > Self::MOST.0 || self.weight > Self::MOST.1 {
            if self.pop().is_none() {
                break;
            }
        }
    }

    fn pop(&mut self) -> Option<Event> {
        let (event, weight) = self.queue.pop_front()?;
        self.weight -= weight;
        Some(event)
    }
}

impl Qmp {
    /// Goes on from a greeting that has begun with `bytes` and is to be whole at `deadline`.
    pub(super) fn greet(
        wire: Wire,
        bytes: &[u8],
        limits: Limits,
        deadline: Deadline,
        log: Log,
    ) -> Result<Self, MonitorError> {
        let mut frames = Frames::default();
        frames.push(bytes);
        let (greeting, events, work) = (Value::Null, Events::default(), Deadline::NEVER);
        let objects = QomWalk::default();
        let mut qmp = Self { wire, frames, events, next: 1, limits, work, greeting, log, objects };
        let greeting = qmp.receive(deadline, limits.memory())?;
        let greeting = greeting.ok_or(MonitorError::Silent(limits.greeting))?.value;
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

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// The monitor's greeting.
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

    /// The output of a line of the human monitor.
    ///
    /// # Errors
    /// Like [`Qmp::call`].
    pub fn human(&mut self, line: &str) -> Result<String, CallError> {
        let answer = self.call("human-monitor-command", json!({ "command-line": line }))?;
        Ok(answer.as_str().unwrap_or_default().to_owned())
    }

    /// The results of many commands, in their order; they are sent ahead of their answers. Together
    /// they take no more than [`Limits::memory`].
    ///
    /// # Errors
    /// When the connection fails.
    pub fn call_all(
        &mut self,
        commands: &[(String, Value)],
    ) -> Result<Vec<Result<Value, CallError>>, MonitorError> {
        let mut results = Vec::with_capacity(commands.len());
        let mut room = self.limits.memory();
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
            let limit = self.limits.answer;
            let mut deadline = self.work.or(Deadline::after(limit));
            if !self.wire.send(sent.as_bytes(), deadline)? {
                return Err(MonitorError::Silent(limit));
            }
            let mut answers: Vec<Option<Result<Value, CallError>>> = vec![None; batch.len()];
            let mut open = batch.len();
            while open > 0 {
                let Some(Frame { value: message, weight }) = self.receive(deadline, room)? else {
                    return Err(MonitorError::Silent(limit));
                };
                let number = message.get("id").and_then(Value::as_u64);
                let slot = number
                    .and_then(|number| usize::try_from(number.checked_sub(first)?).ok())
                    .and_then(|nth| answers.get_mut(nth));
                // An answer to a command whose caller has given up is dropped.
                if let Some(slot) = slot.filter(|slot| slot.is_none()) {
                    *slot = Some(result(message));
                    open -= 1;
                    room = room.saturating_sub(weight);
                    deadline = self.work.or(Deadline::after(limit));
                }
            }
            results.extend(answers.into_iter().flatten());
        }
        Ok(results)
    }

    /// The next event until `deadline`; `None` if there was none, or the bell rang.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn event(&mut self, deadline: impl Into<Deadline>) -> Result<Option<Event>, MonitorError> {
        let deadline = deadline.into();
        loop {
            if let Some(event) = self.events.pop() {
                return Ok(Some(event));
            }
            if let Some(frame) = self.frame(self.limits.memory())? {
                self.sort(frame);
                continue;
            }
            match self.wire.next(deadline)? {
                Incoming::Bytes(bytes) => self.take(&bytes)?,
                Incoming::Nothing | Incoming::Woken => return Ok(None),
            }
        }
    }

    /// Leaves the monitor unread until `deadline`, or until the bell rings.
    pub(super) fn rest(&self, deadline: Deadline) -> Result<(), MonitorError> {
        self.wire.rest(deadline).map(drop)
    }

    /// The next answer, of at most `room` weight; events are kept. `None` when the time is over.
    fn receive(&mut self, deadline: Deadline, room: usize) -> Result<Option<Frame>, MonitorError> {
        loop {
            while let Some(frame) = self.frame(room)? {
                if let Some(answer) = self.sort(frame) {
                    return Ok(Some(answer));
                }
            }
            match self.wire.next(deadline)? {
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

    fn frame(&mut self, room: usize) -> Result<Option<Frame>, MonitorError> {
        self.frames.next(room).map_err(|error| match error {
            FrameError::Garbage(start) => MonitorError::garbage(&start),
            FrameError::TooHeavy => MonitorError::TooMuch(self.limits.memory()),
        })
    }

    /// Keeps an event; returns any other message.
    fn sort(&mut self, frame: Frame) -> Option<Frame> {
        let Frame { value, weight } = &frame;
        let Some(name) = value.get("event").and_then(Value::as_str) else {
            self.log.answered(|| value.to_string());
            return Some(frame);
        };
        self.log.write_with(|| Logged::Received(value.to_string()));
        let is_light = *weight <= HEAVIEST_EVENT;
        let data = value.get("data").filter(|_| is_light).cloned().unwrap_or(Value::Null);
        // At once, not when the event is fetched: answers that wait here may be newer.
        if name == "DEVICE_DELETED"
            && let Some(path) = data.get("path").and_then(Value::as_str)
        {
            self.objects.forget(path);
        }
        let name = name.chars().take(LONGEST_NAME).collect();
        self.events.push(Event { name, data }, *weight);
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
