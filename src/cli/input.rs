//! Opens guests from file arguments, with messages for errors.

use std::ffi::OsStr;

use super::options::OutputOptions;
use crate::edit::Revision;
use crate::sources::Source;

/// A guest that was opened, and where it came from.
pub(super) struct Opened {
    /// The name of the source.
    pub name: String,
    /// The opened guest.
    pub revision: Revision,
}

/// Opens the guest that `argument` names.
///
/// # Errors
/// A message for the user: source, line and column, problem, remedy.
pub(super) fn open(argument: &OsStr, options: &OutputOptions) -> Result<Opened, String> {
    read(&Source::from_argument(argument), options)
}

/// Opens the guest that `source` is.
///
/// # Errors
/// As [`open`].
pub(super) fn read(source: &Source, options: &OutputOptions) -> Result<Opened, String> {
    let read = source.read().map_err(|error| error.to_string())?;
    match Revision::build_for(read.text, options.libvirt().version) {
        Ok(revision) => Ok(Opened { name: read.name, revision }),
        Err(error) => {
            let at = error.at;
            let hint = error.hint.map(|hint| format!("\n  {hint}")).unwrap_or_default();
            Err(format!("{}:{}:{}: {}{hint}", read.name, at.line, at.column, error.message))
        }
    }
}
