//! What the user has done so far: revisions of a document.

mod revision;

pub use revision::{OpenError, Revision};
