//! The destination of a changed document: `--write`, `-o FILE`, or standard output.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::options::OutputOptions;
use super::settings::find;
use super::{Outcome, output};
use crate::sources::{Over, Save, Source};
use crate::text::ContentMark;

/// The destination in the arguments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sink<'a> {
    /// The file argument.
    pub file: Option<&'a OsStr>,
    /// The argument of `-o`.
    pub output: Option<&'a OsStr>,
    /// Whether `--write` was given.
    pub write: bool,
}

/// Writes `after` to the destination; `before` is the text read from the file argument.
///
/// `--write` never overwrites a file that another program has changed meanwhile.
pub(super) fn put(
    sink: Sink<'_>,
    before: &str,
    after: &str,
    options: &OutputOptions,
) -> color_eyre::Result<Outcome> {
    let (path, over) = match (sink.output, sink.file) {
        (Some(file), _) if file == "-" => {
            output::document(after, options)?;
            return Ok(Outcome::Fine);
        }
        (Some(file), _) => (PathBuf::from(file), Over::Anything),
        (None, Some(file)) if sink.write => match Source::from_argument(file) {
            Source::File(_) if before == after => return Ok(Outcome::Fine),
            Source::File(path) => (path, Over::Only(ContentMark::of(before))),
            source => {
                let message = format!(
                    "{} cannot be written to\n  '-o FILE' writes the document to a file",
                    source.name()
                );
                return Ok(output::fail(&message));
            }
        },
        (None, _) => {
            output::document(after, options)?;
            return Ok(Outcome::Fine);
        }
    };
    Ok(save(&path, after, over, options))
}

fn save(path: &Path, text: &str, over: Over, options: &OutputOptions) -> Outcome {
    let how = Save { over, backups: find(options).config.backups };
    match how.to(path, text) {
        Ok(saved) => {
            for note in saved.notes {
                let name = super::settings::shown(path);
                output::note(&format!("virt-topo: {name}: saved, but {note}\n"));
            }
            Outcome::Fine
        }
        Err(error) => output::fail(&error.to_string()),
    }
}
