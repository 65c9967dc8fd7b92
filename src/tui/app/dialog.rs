//! Questions about the running guest: whether a device is to be taken out, what is to be put in.

use tui_input::Input;

use crate::hotplug::{Plug, Unplug};

/// Whether a device is to be taken out.
#[derive(Clone, Debug)]
pub struct Unplugging {
    /// What the device is called.
    pub title: String,
    /// What goes, what goes with it, what a person should know.
    pub lines: Vec<String>,
    /// How it is taken out.
    pub unplug: Unplug,
    /// Whether the answer that is selected is yes; at first it is not.
    pub is_meant: bool,
}

/// What is to be put in, as it is being typed.
#[derive(Clone, Debug)]
pub struct Plugging {
    /// The line.
    pub input: Input,
    /// What would be done, or what is wrong with it so far.
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
