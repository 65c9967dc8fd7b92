//! A text and all that follows from it.

use std::sync::{Arc, OnceLock};

use thiserror::Error;

use crate::assign::{Assignment, ParseMode, assign, warnings};
use crate::check::{Evidence, find_problems};
use crate::model::{Domain, Problem, Version};
use crate::text::Position;
use crate::topology::{Guest, Topology};
use crate::xml::decode::{self, DecodeError, Decoded};
use crate::xml::{Document, XmlError};

/// One state of a document: built whole from its text, never changed.
#[derive(Debug)]
pub struct Revision {
    /// The text with its elements.
    pub document: Document,
    /// The guest as it is written.
    pub domain: Domain,
    /// The guest as libvirt would complete it.
    pub assignment: Assignment,
    /// The places of all devices then.
    pub topology: Topology,
    /// Problems found while decoding, in document order.
    pub problems: Vec<Problem>,
    diagnostics: OnceLock<Vec<Problem>>,
}

/// The error for a text without a guest: position, problem and remedy.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {}, column {}: {message}", .at.line, .at.column)]
pub struct OpenError {
    /// The position to look at.
    pub at: Position,
    /// The problem; safe to print.
    pub message: String,
    /// The remedy, if one is known.
    pub hint: Option<&'static str>,
    /// Whether it is a well-formed document, of something else or of several guests.
    pub is_document: bool,
}

impl From<XmlError> for OpenError {
    fn from(error: XmlError) -> Self {
        let at = Position { line: error.line, column: error.column };
        Self { at, message: error.message, hint: error.hint, is_document: false }
    }
}

impl From<DecodeError> for OpenError {
    fn from(error: DecodeError) -> Self {
        let hint = Some(error.hint);
        Self { at: error.at, message: error.message, hint, is_document: true }
    }
}

impl Revision {
    /// Everything that follows from `text`.
    ///
    /// # Errors
    /// When there is no guest in it. Whatever else is odd about it becomes a problem.
    pub fn build(text: impl Into<Arc<str>>) -> Result<Self, OpenError> {
        Self::build_for(text, Version::NEWEST_LIBVIRT)
    }

    /// Like [`Revision::build`], with the rules of this libvirt.
    ///
    /// # Errors
    /// Like [`Revision::build`].
    pub fn build_for(text: impl Into<Arc<str>>, libvirt: Version) -> Result<Self, OpenError> {
        let document = Document::parse(text)?;
        let decoded = decode::decode_for(&document, libvirt)?;
        let assignment = assign(&decoded.domain, ParseMode::Define);
        let topology = Topology::build(&assignment.domain);
        let Decoded { domain, problems } = decoded;
        Ok(Self { document, domain, assignment, topology, problems, diagnostics: OnceLock::new() })
    }

    /// Everything that follows from another text, with the rules that hold for this one.
    ///
    /// # Errors
    /// As [`Revision::build`].
    pub fn rebuild(&self, text: impl Into<Arc<str>>) -> Result<Self, OpenError> {
        Self::build_for(text, self.domain.libvirt)
    }

    /// Builds a revision without the devices that libvirt would add: for the document of a running
    /// guest.
    ///
    /// # Errors
    /// Like [`Revision::build`].
    pub fn as_written(text: impl Into<Arc<str>>) -> Result<Self, OpenError> {
        let document = Document::parse(text)?;
        let Decoded { domain, problems } = decode::decode(&document)?;
        let assignment =
            Assignment { domain: domain.clone(), refusals: Vec::new(), explanations: Vec::new() };
        let topology = Topology::build(&domain);
        Ok(Self { document, domain, assignment, topology, problems, diagnostics: OnceLock::new() })
    }

    /// All problems that the text does not silence, without fixes, for an unknown host; found on
    /// first use.
    pub fn diagnostics(&self) -> &[Problem] {
        self.diagnostics.get_or_init(|| find_problems(&self.evidence()))
    }

    /// The revision as the rules of `check` look at it.
    pub(super) fn evidence(&self) -> Evidence<'_> {
        let Self { document, domain, assignment, topology, problems, .. } = self;
        let mut prior = problems.clone();
        prior.extend(warnings(domain, assignment));
        Evidence::new(document, domain, (&assignment.domain, topology), prior, &assignment.refusals)
    }

    /// Whether checks of the whole guest are quick enough to be made while keys are pressed. In
    /// larger guests a fix, a place or a command is only tried when it is chosen.
    pub fn is_small(&self) -> bool {
        self.guest().domain.devices.len() < 2_000
    }

    /// The guest as it is shown: with every address and controller libvirt would choose.
    pub fn guest(&self) -> Guest<'_> {
        Guest { domain: &self.assignment.domain, topology: &self.topology }
    }
}
