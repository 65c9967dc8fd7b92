//! Documents from running guests: detected addresses written into a document, elements for live
//! devices that it does not mention, and a whole document for a guest that has none.

mod adopt;
mod document;
mod elements;
mod freeze;
mod skeleton;
mod write;

pub use adopt::{AdoptError, adopt_live};
pub use document::{LiveDocument, LiveDocumentError, document_from_live};
pub use freeze::{Frozen, freeze_live};
pub use write::{DetectEdit, DetectOptions, write_detected};
