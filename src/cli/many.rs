//! Changes that add many elements, which one high number in a document may ask for, are confirmed.

use super::output;
use crate::edit::MANY_ELEMENTS;
use crate::model::{Code, Problem};

/// Asks on the terminal whether so many elements are to be added to the document, where they are many. A command that is
/// forced adds them and prints their number.
///
/// # Errors
/// `many-elements` when that is denied, or there is no terminal to ask on.
pub(super) fn confirm(count: usize, is_forced: bool) -> Result<(), Box<Problem>> {
    if count <= MANY_ELEMENTS {
        return Ok(());
    }
    if is_forced {
        output::note(&format!("note: {count} elements are added to the document\n"));
        return Ok(());
    }
    let question = format!("This adds {count} elements to the document. Continue?");
    if output::ask(&question) == Some(true) {
        return Ok(());
    }
    let message = format!("{count} elements would be added to the document");
    Problem::error(Code::ManyElements, message).helping("`--force` adds them").refuse()
}
