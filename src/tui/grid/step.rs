//! Going from cell to cell.

/// A step from cell to cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GridStep {
    /// Cells to the right.
    pub right: isize,
    /// The number of lines down.
    pub down: isize,
}
