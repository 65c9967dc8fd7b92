//! A change that was written into the text, and everything that follows from it.

use super::compare::{Difference, Trace, compare_traced};
use super::plan::{PlanError, plan};
use super::read_back::read_back;
use super::revision::Revision;
use super::trace::trace;
use crate::model::{Change, DeviceKey};
use crate::text::TextEdit;
use crate::topology::Refusal;

/// What a change comes to. The revision it was written for is as it was.
#[derive(Debug)]
pub struct Written {
    /// What was wanted.
    pub change: Change,
    /// The edit of the text that makes it.
    pub edit: TextEdit,
    /// The guest afterwards.
    pub after: Revision,
    /// Which device is which.
    pub trace: Trace,
    /// Everything that differs, and what the guest will notice.
    pub differences: Vec<Difference>,
}

/// Writes `change` into the text of `before` and reads what came out.
///
/// # Errors
/// When it cannot be written, or the text would not say what was asked for.
pub fn write_change(before: &Revision, change: Change) -> Result<Written, Refusal> {
    let edit = plan(before, &change)
        .map_err(|error| Refusal { devices: about(&error), ..unwritable(&error.to_string()) })?;
    let text =
        edit.apply(before.document.text()).map_err(|error| unwritable(&error.to_string()))?;
    let after = Revision::build(text).map_err(|error| unwritable(&error.to_string()))?;
    let trace = trace(before.guest().domain, after.guest().domain, &change);
    read_back(&change, before, &after, &trace)?;
    let differences = compare_traced(before.guest(), after.guest(), &trace);
    Ok(Written { change, edit, after, trace, differences })
}

fn unwritable(why: &str) -> Refusal {
    Refusal::new("cannot-be-written", format!("this cannot be written into the text: {why}"))
}

/// Whom a change that cannot be written is about.
fn about(error: &PlanError) -> Vec<DeviceKey> {
    match error {
        PlanError::NotWritten(key)
        | PlanError::NoPart(key, _)
        | PlanError::NotAdded(key)
        | PlanError::NoElement(key) => {
            vec![*key]
        }
        PlanError::BadElement | PlanError::NoDomain | PlanError::Patch(_) => Vec::new(),
    }
}
