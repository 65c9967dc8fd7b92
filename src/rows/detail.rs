//! A line of the inspector.

use super::Mark;

/// A labelled fact about the selected row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The name of the fact; empty when the line continues the one above.
    pub label: &'static str,
    /// The value as text.
    pub value: String,
    /// The state that colours the line.
    pub mark: Mark,
}
