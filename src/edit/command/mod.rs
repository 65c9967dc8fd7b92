//! What an admin asks for, in the words of the command line.
//!
//! A [`Command`] is data: it can be printed as it would be typed, and done to any guest that has the
//! devices it names. Each becomes one [`Change`](crate::model::Change), which is tried before it is
//! offered: written, read again, compared with what was, and checked for errors that were not there.
//!
//! What holds for all of them:
//!
//! - A device that gets a written address takes along the controllers it hangs on, with their place
//!   and numbers, as far as libvirt would have chosen those.
//! - Nobody else is changed. Where libvirt would now place an unfrozen device elsewhere,
//!   [`Outcome::others`] names it; [`Manner::hold`] freezes it where it is.
//! - Function 0 of a slot says `multifunction='on'` as long as there are others.

mod draft;
#[cfg(test)]
mod example;
mod freeze;
mod line;
mod relocate;
mod scope;
mod trial;

use draft::Draft;

pub use scope::{Pick, Scope};
pub use trial::{Manner, Outcome};

use super::Revision;
use crate::model::{Address, Selector};
use crate::topology::Refusal;

/// What is to be done to a guest. It names devices as a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Give a device another place.
    Move {
        /// Whom.
        device: Selector,
        /// Where to.
        to: Address,
        /// Whether the other functions of its slot come along.
        extent: Extent,
        /// Whether a disk is called after its place.
        naming: Naming,
    },
    /// Write down where devices are, so that they stay.
    Freeze(Scope),
    /// Let libvirt choose again.
    Thaw(Scope),
}

/// How much moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// The device.
    #[default]
    Device,
    /// All functions of its slot, each to the same function of the other slot.
    Slot,
}

/// What becomes of a disk's target name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Naming {
    /// It stays.
    #[default]
    Keep,
    /// It becomes the name that stands for the new place: `sdd` for unit 3.
    Follow,
}

impl Command {
    /// What the command comes to in this guest.
    ///
    /// # Errors
    /// Why not, in the words of the verdict and of `check`.
    pub fn change(&self, revision: &Revision, manner: Manner) -> Result<Outcome, Refusal> {
        let mut draft = Draft::new(revision);
        match self {
            Self::Move { device, to, extent, naming } => {
                relocate::draft(&mut draft, device, to, *extent, *naming)?;
            }
            Self::Freeze(scope) => freeze::freeze(&mut draft, scope)?,
            Self::Thaw(scope) => freeze::thaw(&mut draft, scope)?,
        }
        trial::run(draft, manner)
    }
}
