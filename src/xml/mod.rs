//! The document as its author wrote it: parsed for reading, kept as text for writing.
//!
//! A [`Document`] is a text and a table of what stands where in it. Nothing is ever written back from the table: changes are
//! [`TextEdit`](crate::text::TextEdit)s of the text, so comments, blanks, quotes, newlines and everything unknown stay as
//! they are. What the elements mean for a guest is told by [`decode`].

pub mod decode;
mod document;
mod element;
mod encode;
mod error;
mod escape;
mod new_element;
mod number;
mod patch;
mod style;
mod tags;

pub use document::Document;
pub use element::{Attribute, Element};
pub use encode::Place;
pub use error::XmlError;
pub use new_element::NewElement;
pub use patch::{Patch, PatchError};
