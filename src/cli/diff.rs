//! `diff`: two guests, or two states of one, device by device.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

use super::args::Look;
use super::{Outcome, input, output};
use crate::edit::compare;
use crate::report;

/// `diff`
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The guest as it was: a file, '-' for standard input, or demo:NAME
    #[arg(value_name = "OLD")]
    pub old: OsString,
    /// The guest as it is
    #[arg(value_name = "NEW")]
    pub new: OsString,
    /// In which form
    #[arg(long, value_enum, default_value_t)]
    pub format: DiffFormat,
}

/// The forms `diff` can print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// Text for people
    #[default]
    Text,
    /// A JSON array: device, what, from, to, notices
    Json,
}

/// Runs it.
pub(super) fn run(args: &DiffArgs, look: &Look) -> color_eyre::Result<Outcome> {
    let (old, new) = match (input::open(&args.old), input::open(&args.new)) {
        (Ok(old), Ok(new)) => (old, new),
        (Err(message), _) | (_, Err(message)) => return Ok(output::fail(&message)),
    };
    let differences = compare(old.revision.guest(), new.revision.guest());
    let text = match args.format {
        DiffFormat::Text => report::differences(&differences, output::style(look)),
        DiffFormat::Json => report::differences_json(&differences)?,
    };
    output::print(&text)?;
    Ok(if differences.is_empty() { Outcome::Fine } else { Outcome::Found })
}
