//! What the user has done so far: revisions of a document.

mod added;
mod assigned;
mod checked;
mod compare;
mod held;
mod journal;
mod plan;
mod rebase;
mod revision;
mod session;
mod who;
mod wish;

pub use assigned::write;
pub use checked::Checked;
pub use compare::{Difference, Move, compare};
pub use journal::{Entry, Record, RecordError, Writer};
pub use plan::{PlanError, plan};
pub use rebase::{Rebased, rebase};
pub use revision::{OpenError, Revision};
pub use session::{ChangeError, Preview, Session, Step};
pub use who::Who;
pub use wish::{Reason, Wish};
