//! XML documents that keep their author's text.
//!
//! A [`Document`] is a text and a table of its elements. Nothing is ever written back from the
//! table: changes are [`TextEdit`](crate::text::TextEdit)s of the text, so comments, blanks,
//! quotes, newlines and everything unknown stay as they are. [`decode`] turns the elements into a
//! guest.

pub mod decode;
mod document;
mod element;
mod encode;
mod error;
mod escape;
mod new_element;
mod number;
mod patch;
mod secret;
mod style;
mod tags;

pub use document::Document;
pub use element::{Attribute, Element};
pub use encode::InsertAt;
pub use error::XmlError;
pub use new_element::NewElement;
pub use patch::{Patch, PatchError};
pub use secret::masked;
