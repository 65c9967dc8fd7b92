//! The modes that keys are bound in.

use strum::{EnumString, IntoStaticStr, VariantArray};

/// The part of the screen that has the keyboard, which decides what keys mean.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum KeyMode {
    /// A view has the keyboard.
    Browse,
    /// The list of problems has it; unbound keys are those of browsing.
    Problems,
    /// The list of changes has it; likewise.
    Changes,
    /// A list to choose from, without a text field.
    List,
    /// A text to scroll through: help, messages.
    Pager,
    /// The review before saving; unbound keys are those of reading.
    Review,
    /// A device is being moved: characters of an address are text.
    Move,
    /// A text field, perhaps with a list below it: letters are text.
    Input,
}

impl KeyMode {
    /// The mode whose keys apply if this one has no binding.
    pub fn parent(self) -> Option<Self> {
        match self {
            Self::Problems | Self::Changes => Some(Self::Browse),
            Self::Review => Some(Self::Pager),
            _ => None,
        }
    }

    /// This mode and those it falls back on.
    pub(super) fn chain(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |mode| mode.parent())
    }
}
