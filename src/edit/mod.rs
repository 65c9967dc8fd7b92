//! What the user has done so far: revisions of a document.

mod added;
mod assigned;
mod checked;
mod compare;
mod plan;
mod revision;
mod tried;

pub use assigned::write;
pub use checked::Checked;
pub use compare::{Difference, Move, compare};
pub use plan::{PlanError, plan};
pub use revision::{OpenError, Revision};
