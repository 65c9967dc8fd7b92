//! Effects: requests of `update` to the loop, which alone carries them out.

use super::app::SaveOrder;
use crate::edit::Entry;
use crate::sources::Source;
use crate::sources::monitor::MonitorRequest;
use crate::text::ContentMark;

/// Something to be done outside the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Leave the program.
    Quit,
    /// Go to the background until `fg`.
    Suspend,
    /// Put this text on the clipboard of the terminal.
    Copy(String),
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Read this source; answered by [`super::message::Message::Read`].
    Read(Source),
    /// Save this; answered by [`super::message::Message::Saved`].
    Save(Box<SaveOrder>),
    /// Read this source, which may be another's work; answered by
    /// [`super::message::Message::Theirs`].
    ReadTheirs(Source, Purpose),
    /// Keep these unsaved changes, so that they outlive the program.
    Keep {
        /// The text they were made on.
        base: ContentMark,
        /// The text that came of it.
        result: ContentMark,
        /// The changes to keep.
        entries: Vec<Entry>,
    },
    /// Keep no unsaved changes: there are none, or they are not wanted.
    Clear,
    /// Forget the changes with this number that were left over.
    Forget(usize),
    /// The guest has another source now: watch that one, and keep changes for it.
    Follow,
    /// Send this request to the monitor; the result comes as [`super::message::Message::Live`].
    Ask(MonitorRequest),
    /// Draw every cell again, as after another program wrote over the screen.
    Redraw,
}

/// Why another's work is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To see whether it is another text at all.
    Look,
    /// To take it instead of one's own.
    Replace,
    /// To do one's own changes again on top.
    Reapply,
}
