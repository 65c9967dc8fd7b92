//! Decoding: from a document to a domain.
//!
//! A well-formed text only fails to become a [`Domain`](crate::model::Domain) if it holds no
//! `<domain>`, or several. Everything else, from an impossible slot to an unknown element, is kept,
//! drawn and reported as a [`Problem`](crate::model::Problem).

mod address;
mod argument;
mod controller;
mod device;
mod domain;
mod features;
mod host;
mod qemu_options;
mod reader;
mod vocabulary;

pub use domain::{DecodeError, Decoded, decode, decode_for};

use super::Element;
use crate::model::Text;

/// An attribute's value, kept as written.
fn text(element: Element<'_>, attribute: &str) -> Option<Text> {
    element.value(attribute).map(Into::into)
}

/// The value of an attribute of the first child with this name.
fn child_text(element: Element<'_>, child: &str, attribute: &str) -> Option<Text> {
    text(element.child(child)?, attribute)
}
