//! The cursors of the views that list something other than devices.

use crate::model::Severity;

/// The cursors of problems and changes, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListCursors {
    /// The problem that is looked at.
    pub problem: usize,
    /// Problems that are less bad are not listed.
    pub least: Severity,
    /// The line of the changes.
    pub change: usize,
}

impl Default for ListCursors {
    fn default() -> Self {
        Self { problem: 0, least: Severity::Note, change: 0 }
    }
}
