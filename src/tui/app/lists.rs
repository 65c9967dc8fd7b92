//! Where the cursors of views are that list something else than devices.

use crate::model::Severity;

/// Cursors, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lists {
    /// The problem that is looked at.
    pub problem: usize,
    /// Problems that are less bad are not listed.
    pub least: Severity,
    /// The line of the changes.
    pub change: usize,
}

impl Default for Lists {
    fn default() -> Self {
        Self { problem: 0, least: Severity::Note, change: 0 }
    }
}
