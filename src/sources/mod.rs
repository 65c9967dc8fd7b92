//! Where text and settings come from and go to: everything that can be slow, or fail for reasons
//! outside.

mod demo;
pub mod dirs;
mod error;
mod file;
mod generate;
mod save;

pub use demo::{Demo, demos};
pub use error::SourceError;
pub use file::{MAX_BYTES, Source, SourceText};
pub use generate::generate;
pub use save::save;
