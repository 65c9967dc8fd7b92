//! What the user has done so far: revisions of a document.

mod added;
mod assigned;
mod checked;
pub mod command;
mod compare;
mod plan;
mod read_back;
mod revision;
mod session;
mod trace;
mod tried;
mod written;

pub use assigned::write;
pub use checked::Checked;
pub use command::{Command, Manner, Outcome};
pub use compare::{Difference, Move, Trace, compare, compare_traced};
pub use plan::{PlanError, plan};
pub use revision::{OpenError, Revision};
pub use session::{Session, Step};
pub use trace::trace;
pub use tried::new_problems;
pub use written::{Written, write_change};
