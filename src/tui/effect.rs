//! All that the loop may be asked to do. `update` returns these; only the loop carries them out.

use crate::sources::Source;
use crate::sources::monitor::Request;

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
    /// Ask the monitor for this; what becomes of it is told by [`super::message::Message::Live`].
    Ask(Request),
    /// Draw every cell again, as after another program wrote over the screen.
    Redraw,
}
