//! The present meaning of keys. A mode carries its data, so that two dialogs at once, or a dialog
//! without a subject, cannot be expressed.

use tui_input::Input;

use super::dialog::Dialog;
use super::moving::Moving;
use super::pager::Pager;
use super::picker::Picker;
use super::saving::Review;
use crate::model::DeviceKey;
use crate::tui::keymap::KeyMode;
use crate::tui::views::View;

/// The value to enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedFor {
    /// The `<acpi index=>` of a device.
    AcpiIndex(DeviceKey),
    /// The target name of a disk.
    Target(DeviceKey),
}

/// A question with a field for the answer.
#[derive(Clone, Debug)]
pub struct ValuePrompt {
    /// The value to enter.
    pub asked: AskedFor,
    /// The label of the field.
    pub label: String,
    /// The text typed so far.
    pub input: Input,
}

/// The mode of the screen, which decides the meaning of keys.
#[derive(Clone, Debug, Default)]
pub enum Mode {
    /// The view has the keyboard.
    #[default]
    Browse,
    /// The field of the filter; the text before it was opened, to go back to.
    Filter(Input, String),
    /// A list to choose from.
    Pick(Box<Picker>),
    /// A text to read.
    Read(Pager),
    /// The field of a file's name.
    Path(Input),
    /// The review before saving.
    Review(Box<Review>),
    /// A field for a value of a device.
    Ask(ValuePrompt),
    /// A device that is looked for another place for.
    Move(Box<Moving>),
    /// A question about the running guest.
    Live(Box<Dialog>),
}

impl Mode {
    /// The text that is read.
    pub fn pager(&self) -> Option<&Pager> {
        match self {
            Self::Read(pager) => Some(pager),
            Self::Review(review) => Some(&review.pager),
            _ => None,
        }
    }

    /// The text that is read, to page through it.
    pub fn pager_mut(&mut self) -> Option<&mut Pager> {
        match self {
            Self::Read(pager) => Some(pager),
            Self::Review(review) => Some(&mut review.pager),
            _ => None,
        }
    }

    /// The set of keys for this mode and view.
    pub fn keys(&self, view: View) -> KeyMode {
        match self {
            Self::Browse => match view {
                View::Problems => KeyMode::Problems,
                View::Changes => KeyMode::Changes,
                _ => KeyMode::Browse,
            },
            Self::Filter(..) | Self::Path(_) | Self::Ask(_) => KeyMode::Input,
            Self::Pick(picker) if picker.has_field() => KeyMode::Input,
            Self::Pick(_) => KeyMode::List,
            Self::Read(_) => KeyMode::Pager,
            Self::Review(_) => KeyMode::Review,
            Self::Move(_) => KeyMode::Move,
            Self::Live(dialog) => match **dialog {
                Dialog::Unplug(_) => KeyMode::List,
                Dialog::Plug(_) => KeyMode::Input,
            },
        }
    }
}
