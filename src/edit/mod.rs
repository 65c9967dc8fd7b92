//! What the user has done so far: revisions of a document.

mod compare;
mod revision;

pub use compare::{Difference, Move, State, compare};
pub use revision::{OpenError, Revision};
