//! A text and all that follows from it.

use std::fmt;
use std::sync::Arc;

use super::State;
use crate::model::{Domain, Problem};
use crate::text::Position;
use crate::topology::Topology;
use crate::xml::decode::{self, NoDomain};
use crate::xml::{Document, XmlError};

/// One state of a document: built whole from its text, never changed.
#[derive(Debug)]
pub struct Revision {
    /// The text with its elements.
    pub document: Document,
    /// The guest as it is written.
    pub domain: Domain,
    /// Where everybody stands.
    pub topology: Topology,
    /// What is wrong, in document order.
    pub problems: Vec<Problem>,
}

/// Why a text is no guest at all: where to look, what is there, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenError {
    /// Where to look.
    pub at: Position,
    /// What is wrong; safe to print.
    pub message: String,
    /// What to do about it, where that can be said.
    pub hint: Option<&'static str>,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.at.line, self.at.column, self.message)
    }
}

impl std::error::Error for OpenError {}

impl From<XmlError> for OpenError {
    fn from(error: XmlError) -> Self {
        let at = Position { line: error.line, column: error.column };
        Self { at, message: error.message, hint: error.hint }
    }
}

impl From<NoDomain> for OpenError {
    fn from(error: NoDomain) -> Self {
        Self { at: error.at, message: error.message, hint: Some(error.hint) }
    }
}

impl Revision {
    /// Everything that follows from `text`.
    ///
    /// # Errors
    /// When there is no guest in it. Whatever else is odd about it becomes a problem.
    pub fn build(text: impl Into<Arc<str>>) -> Result<Self, OpenError> {
        let document = Document::parse(text)?;
        let decoded = decode::decode(&document)?;
        let topology = Topology::build(&decoded.domain);
        Ok(Self { document, domain: decoded.domain, topology, problems: decoded.problems })
    }
    /// Its devices and where they stand.
    pub fn state(&self) -> State<'_> {
        State { domain: &self.domain, topology: &self.topology }
    }
}
