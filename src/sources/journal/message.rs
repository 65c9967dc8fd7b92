//! The messages of the journal's thread.

use super::lock::Holder;
use crate::sources::SourceError;

/// A message of the journal's thread.
#[derive(Debug)]
pub enum JournalMessage {
    /// Edits cannot be written; reported once, until they can be again.
    NotKept(SourceError),
    /// A secret is left out: unsaved edits will be lost with the program.
    SecretLeftOut,
    /// Another session has opened the same source.
    Another(Holder),
}
