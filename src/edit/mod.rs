//! What the user has done so far: revisions of a document.

mod added;
mod assigned;
mod compare;
mod revision;

pub use assigned::write;
pub use compare::{Difference, Move, compare};
pub use revision::{OpenError, Revision};
