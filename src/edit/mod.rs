//! Editing of a document: its revisions, changes of them, and the session of a user.
//!
//! A [`Revision`] is a text with everything that follows from it. [`preview()`] applies a
//! [`Change`](crate::model::Change) to a copy: `plan` makes the edit of the text, `verify` reads
//! the result, `key_map` maps the devices, `compare` finds the differences. A [`Session`]
//! is a stack of such changes; a [`Record`] keeps them on disk as [`PortableChange`]s, which
//! [`rebase()`] applies to a text that was edited meanwhile. A [`Command`] builds one change from
//! the arguments of a user.

mod added;
mod assigned;
mod checked;
pub mod command;
mod compare;
mod effect;
mod fixes;
mod from_live;
mod identity;
mod journal;
mod key_map;

mod plan;
mod portable;
mod preview;
mod rebase;
mod revision;
mod session;
mod verify;

pub use checked::Checked;
pub use command::{Command, DryRun, MANY_ELEMENTS, Options, elements_added};
pub use compare::{Difference, Move, compare, forecast};
pub use effect::FieldValue;
pub use fixes::{is_fixed, new_problems};
pub use from_live::{
    AdoptError, DetectEdit, DetectOptions, Frozen, LiveDocument, LiveDocumentError, adopt_live,
    document_from_live, freeze_live, write_detected,
};
pub use identity::DeviceIdentity;
pub use journal::{Entry, Record, RecordError, Writer};
pub use key_map::DeviceMap;

pub use plan::{PlanError, plan, plan_assignment};
pub use portable::{PortableChange, Reason};
pub use preview::{Preview, preview};
pub use rebase::{Rebased, rebase};
pub use revision::{OpenError, Revision};
pub use session::{Session, Step};
