//! What the user has done so far: revisions of a document.

mod added;
mod assigned;
mod checked;
pub mod command;
mod compare;
mod made;
mod plan;
mod read_back;
mod revision;
mod session;
mod trace;
mod written;

pub use assigned::write;
pub use checked::{Checked, new_problems};
pub use command::{Command, Manner, Outcome};
pub use compare::{Difference, Move, Trace, compare, compare_traced};
pub use made::{Made, NotMade, make};
pub use plan::{PlanError, plan};
pub use revision::{OpenError, Revision};
pub use session::{Session, Step};
pub use trace::trace;
pub use written::{Written, write_change};
