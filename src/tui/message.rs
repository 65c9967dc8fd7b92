//! All that can happen to the screen. Everything reaches the state through one channel, in one
//! order, so that a list of messages replays a session.

use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};

use super::app::{LeftEdits, Level, SaveOrder};
use super::effect::Purpose;
use crate::sources::monitor::MonitorEvent;
use crate::sources::{SaveError, Saved, Source, SourceError, SourceText};

/// When something happened.
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
    /// What somebody else may have written was read, or could not be.
    Theirs(Source, Purpose, Result<SourceText, SourceError>),
    /// The journal was opened: whether unsaved changes outlive the program, and those that were
    /// left over.
    Journal(bool, Vec<LeftEdits>),
    /// The source is no longer what was read.
    Changed,
    /// The source is not there any more.
    Gone,
    /// The monitor of the running guest has told something.
    Live(When, Box<MonitorEvent>),
    /// So much time has passed since the program's start; sent only while something on the screen
    /// tells how long ago it was.
    Time(Duration),
    /// A worker has something to say.
    Said(Level, String),
    /// Another process asks the program to go to the background.
    Stopped,
    /// The program is in the foreground again, on a screen that may show anything.
    Resumed,
    /// The terminal is gone or the program is asked to end, by this signal.
    Ended(i32),
}
