//! Dialogs about the running guest: the confirmation of an unplug, the line of a plug.

use tui_input::Input;

use crate::hotplug::{Plug, Unplug};

/// The confirmation of an unplug.
#[derive(Clone, Debug)]
pub struct Unplugging {
    /// The title of the device.
    pub title: String,
    /// The devices to remove, with warnings for the user.
    pub lines: Vec<String>,
    /// The plan to unplug it.
    pub unplug: Unplug,
    /// Whether the selected answer is yes; at first it is no.
    pub is_meant: bool,
}

/// The line of a plug while it is typed.
#[derive(Clone, Debug)]
pub struct Plugging {
    /// The typed line.
    pub input: Input,
    /// The plan, or the error in the line so far.
    pub plan: Result<Plug, String>,
}

/// A question that has the keyboard.
#[derive(Clone, Debug)]
pub enum Dialog {
    /// Yes or no.
    Unplug(Unplugging),
    /// A line of text.
    Plug(Plugging),
}
