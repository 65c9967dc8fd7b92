//! Bytes and characters, with no idea of XML or guests.

mod span;

pub use span::{Span, Spanned};
