//! What the user has done so far: revisions of a document.

mod added;
mod assigned;
mod checked;
mod compare;
mod held;
mod plan;
mod revision;
mod session;

pub use assigned::write;
pub use checked::Checked;
pub use compare::{Difference, Move, compare};
pub use plan::{PlanError, plan};
pub use revision::{OpenError, Revision};
pub use session::{ChangeError, Preview, Session, Step};
