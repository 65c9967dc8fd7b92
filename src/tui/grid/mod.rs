//! Geometry of views with cells side by side: the position of each cell, the cell under the mouse,
//! the next cell in a direction. Pure functions, shared by drawing and moving.

mod drives;
mod slots;
mod step;

pub use drives::{DriveGrid, DriveLine, cell_text, row_label};
pub use slots::{SlotAreas, SlotGrid, SlotLine, model_word};
pub use step::GridStep;
