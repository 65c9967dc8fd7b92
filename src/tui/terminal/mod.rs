//! The terminal: entering the screen, leaving it exactly once in every case, and the terminal's
//! events (keys, the mouse, its size, signals).

mod decode;
mod keyboard;
mod screen;
mod signals;
mod suspend;

pub(super) use keyboard::listen;
pub use screen::{Terminal, is_entered, leave, leave_on_panic};
pub use signals::end_by;
pub(super) use signals::heed as heed_signals;
pub use suspend::stop;
