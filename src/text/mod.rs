//! Bytes and characters, with no idea of XML or guests.

mod edit;
mod lines;
mod printable;
mod span;

pub use edit::{EditError, Replacement, Side, TextEdit};
pub use lines::{Lines, Newline, Position};
pub use printable::Printable;
pub use span::{Span, Spanned};
