//! What the user has done so far: revisions of a document.

mod added;
mod assigned;
mod checked;
pub mod command;
mod compare;
mod journal;
mod made;
mod plan;
mod read_back;
mod rebase;
mod revision;
mod session;
mod trace;
mod tried;
mod who;
mod wish;
mod written;

pub use assigned::write;
pub use checked::Checked;
pub use command::{Command, Manner, Outcome};
pub use compare::{Difference, Move, Trace, compare, compare_traced};
pub use journal::{Entry, Record, RecordError, Writer};
pub use made::{Made, NotMade, make};
pub use plan::{PlanError, plan};
pub use rebase::{Rebased, rebase};
pub use revision::{OpenError, Revision};
pub use session::{Session, Step};
pub use trace::trace;
pub use tried::{mends, new_problems};
pub use who::Who;
pub use wish::{Reason, Wish};
pub use written::{Written, write_change};
