//! A change applied to a copy of the text, with everything that follows from it.

use super::compare::{Difference, compare_mapped};
use super::key_map::{DeviceMap, key_map};
use super::plan::{PlanError, plan};
use super::revision::Revision;
use super::verify::verify;
use crate::model::{Change, Code, DeviceKey, Problem};
use crate::text::TextEdit;

/// The result of a change before it is committed. The revision it was made from is untouched.
#[derive(Debug)]
pub struct Preview {
    /// The change to make.
    pub change: Change,
    /// The edit of the text that makes it.
    pub edit: TextEdit,
    /// The guest afterwards.
    pub after: Revision,
    /// Keys of the devices afterwards, each with the key of the same device before.
    pub key_map: DeviceMap,
    /// All differences, with what the guest will notice.
    pub differences: Vec<Difference>,
}

/// Applies `change` to the text of `before` and reads the result.
///
/// # Errors
/// `cannot-be-written` when there is no such edit of the text, `not-as-asked` when the text
/// afterwards does not have what the change asks for.
pub fn preview(before: &Revision, change: Change) -> Result<Preview, Box<Problem>> {
    let edit = plan(before, &change).map_err(|error| Problem {
        devices: devices_of(&error),
        ..unwritable(&error.to_string())
    })?;
    let text =
        edit.apply(before.document.text()).map_err(|error| unwritable(&error.to_string()))?;
    let after = before.rebuild(text).map_err(|error| unwritable(&error.to_string()))?;
    let key_map = key_map(before.guest().domain, after.guest().domain, &change);
    verify(&change, before, &after, &key_map)?;
    let differences = compare_mapped(before.guest(), after.guest(), &key_map);
    Ok(Preview { change, edit, after, key_map, differences })
}

fn unwritable(why: &str) -> Problem {
    Problem::error(
        Code::CannotBeWritten,
        format!("the change cannot be written into the document: {why}"),
    )
}

/// Devices to report for a [`PlanError`].
fn devices_of(error: &PlanError) -> Vec<DeviceKey> {
    match error {
        PlanError::NotWritten(key)
        | PlanError::NoPart(key, _)
        | PlanError::NotAdded(key)
        | PlanError::NoElement(key) => {
            vec![*key]
        }
        PlanError::BadElement | PlanError::DecodeError | PlanError::Patch(_) => Vec::new(),
    }
}
