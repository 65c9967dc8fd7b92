//! Input and output: everything that can be slow, or fail for reasons outside of the program.

mod clipboard;
mod clock;
mod companion;
mod deadline;
mod demo;
pub mod dirs;
mod error;
mod file;
mod find;
mod fresh;
mod generate;
mod host;
mod journal;
mod library;
pub mod monitor;
mod own;
mod save;
mod unblocked;
mod watch;

pub use clipboard::copy_by_tmux;
pub use clock::wall_clock;
pub use companion::Companion;
pub use deadline::Deadline;
pub use demo::{Demo, demos};
pub use error::SourceError;
pub use file::{MAX_BYTES, Source, SourceText};
pub use find::{DomainFiles, find_xml};
pub use generate::generate;
pub use host::numa_nodes;
pub use journal::{Holder, Journal, JournalMessage, JournalStart, LeftOver};
pub use library::client_library;
pub use save::{Over, Save, SaveError, Saved, words};
pub use watch::{Happened, Stamp, Watch};
