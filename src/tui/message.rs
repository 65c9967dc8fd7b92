//! Messages to the screen. All changes of the state go through one channel, in one order, so that a
//! list of messages replays a session.

use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};

use super::app::{LeftEdits, Level, SaveOrder};
use super::effect::Purpose;
use crate::sources::monitor::MonitorEvent;
use crate::sources::{SaveError, Saved, Source, SourceError, SourceText};

/// The time of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// The time of day: `12:04`.
    pub clock: String,
    /// Counted from the program's start.
    pub elapsed: Duration,
}

/// Something that happened.
#[derive(Debug)]
pub enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse was pressed or turned.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this many columns and rows now.
    Resize(u16, u16),
    /// A source was read, or could not be.
    Read(Source, Result<SourceText, SourceError>),
    /// A text was saved, or was not.
    Saved(Box<SaveOrder>, Result<Saved, SaveError>),
    /// The text of another program was read, or could not be.
    Theirs(Source, Purpose, Result<SourceText, SourceError>),
    /// The journal was opened: whether unsaved changes outlive the program, and those that were
    /// left over.
    Journal(bool, Vec<LeftEdits>),
    /// The source differs from what was read.
    Changed,
    /// The source is not there any more.
    Gone,
    /// A message of the monitor of the running guest.
    Live(When, Box<MonitorEvent>),
    /// The time since the program's start; sent only while the screen shows an age.
    Time(Duration),
    /// A message of a worker.
    Said(Level, String),
    /// Another process suspends the program.
    Stopped,
    /// The program is in the foreground again, on a screen that may show anything.
    Resumed,
    /// The terminal is gone or the program must end, by this signal.
    Ended(i32),
}
