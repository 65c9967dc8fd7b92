//! What the user has done so far: revisions of a document.

mod added;
mod assigned;
mod checked;
mod compare;
mod made;
mod plan;
mod revision;

pub use assigned::write;
pub use checked::Checked;
pub use compare::{Difference, Move, compare};
pub use made::{Made, NotMade, make};
pub use plan::{PlanError, plan};
pub use revision::{OpenError, Revision};
