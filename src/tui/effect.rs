//! All that the loop may be asked to do. `update` returns these; only the loop carries them out.

/// Something to be done outside the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Leave the program.
    Quit,
    /// Go to the background until `fg`.
    Suspend,
    /// Put this text on the terminal's clipboard (OSC 52).
    Copy(String),
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Read the source again; answered by [`super::message::Message::Read`].
    Reload,
    /// Draw every cell again, as after another program wrote over the screen.
    Redraw,
}
