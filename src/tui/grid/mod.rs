//! Views whose cells lie side by side: which cell is where, which is beneath the mouse, which is
//! next in a direction. Pure geometry, the same for drawing and for walking.

mod drives;
mod slots;

pub use drives::{DriveGrid, DriveLine, cell_text, row_label};
pub use slots::{SlotAreas, SlotGrid, SlotLine, model_word};

/// A step from cell to cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Cells to the right.
    pub right: isize,
    /// Lines down.
    pub down: isize,
}
