//! `diff`: two guests, or two states of one, device by device.

use std::ffi::OsString;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::options::OutputOptions;
use super::{Outcome, input, output};
use crate::edit::{Revision, compare, forecast};
use crate::machine::libvirt::LibvirtChoice;
use crate::report;

/// `diff`
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The old guest: a file, '-' for standard input, or demo:NAME
    #[arg(value_name = "OLD")]
    pub old: OsString,
    /// The new guest; with --to-libvirt it can be left out: the same guest
    #[arg(value_name = "NEW", required_unless_present = "to_libvirt")]
    pub new: Option<OsString>,
    /// Read NEW with the rules of this libvirt: what an upgrade of the host would change
    #[arg(long, value_name = "X.Y")]
    pub to_libvirt: Option<LibvirtChoice>,
    /// Output format
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

/// Runs the command.
pub(super) fn run(args: &DiffArgs, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    let later = OutputOptions { libvirt: args.to_libvirt.or(options.libvirt), ..options.clone() };
    let old = match input::open(&args.old, options) {
        Ok(old) => old,
        Err(message) => return Ok(output::fail(&message)),
    };
    let new = match &args.new {
        Some(new) => match input::open(new, &later) {
            Ok(new) => new.revision,
            Err(message) => return Ok(output::fail(&message)),
        },
        // Standard input is read once.
        None => match Revision::build_for(
            Arc::clone(old.revision.document.text()),
            later.libvirt().version,
        ) {
            Ok(new) => new,
            Err(error) => return Ok(output::fail(&format!("{}: {error}", old.name))),
        },
    };
    let (before, after) = (old.revision.guest(), new.guest());
    let is_forecast = args.new.is_none();
    let differences = if is_forecast { forecast(before, after) } else { compare(before, after) };
    let style = output::style(options);
    let text = match args.format {
        DiffFormat::Text => {
            let mut text = report::differences(&differences, style);
            if args.to_libvirt.is_some() {
                let releases = (old.revision.domain.libvirt, new.domain.libvirt);
                text.push_str(&report::forecast(releases, differences.is_empty()));
            }
            text
        }
        DiffFormat::Json => report::differences_json(&differences)?,
    };
    output::print_styled(&text, style)?;
    Ok(if differences.is_empty() { Outcome::Fine } else { Outcome::Found })
}
