//! All that can happen to the screen. Everything reaches the state through one channel, in one
//! order, so that a list of messages replays a session.

use crossterm::event::{KeyEvent, MouseEvent};

use crate::sources::{SourceError, SourceText};

/// Something that happened.
#[derive(Debug)]
pub enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse was moved, pressed or turned.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this many columns and rows now.
    Resize(u16, u16),
    /// The source was read again, or could not be.
    Read(Result<SourceText, SourceError>),
    /// The source is no longer what was read.
    Changed,
    /// The program is in the foreground again, on a screen that may show anything.
    Resumed,
    /// The terminal is gone or the program is asked to end.
    Ended,
}
