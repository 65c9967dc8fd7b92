//! Errors of files and sockets: the problem, its object, and a remedy.

use std::fmt;
use std::io;

/// A source that could not be read.
#[derive(Debug)]
pub struct SourceError {
    /// The source as the user named it.
    pub name: String,
    /// The problem in words.
    pub what: String,
    /// A remedy to try.
    pub hint: Option<String>,
}

impl SourceError {
    /// The error `what` about `name`.
    pub fn new(name: &str, what: impl Into<String>) -> Self {
        Self { name: name.to_owned(), what: what.into(), hint: None }
    }

    /// Adds a remedy.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Translates the operating system's error.
    pub(super) fn io(name: &str, error: &io::Error) -> Self {
        let failed = Self::new(name, format!("cannot be read: {error}"));
        match error.kind() {
            io::ErrorKind::NotFound => {
                failed.hint("check the path; '-' reads standard input, 'demo:NAME' a demo domain")
            }
            io::ErrorKind::PermissionDenied => {
                failed.hint("libvirt's own files in /etc/libvirt/qemu belong to root")
            }
            io::ErrorKind::IsADirectory => failed.hint("name one domain XML file in it"),
            _ => failed,
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.what)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SourceError {}
