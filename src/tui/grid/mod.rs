//! Views whose cells lie side by side: which cell is where, which is beneath the mouse, which is
//! next in a direction. Pure geometry, the same for drawing and for walking.

mod drives;
mod slots;
mod step;

pub use drives::{DriveGrid, DriveLine, cell_text, row_label};
pub use slots::{SlotAreas, SlotGrid, SlotLine, model_word};
pub use step::Step;
