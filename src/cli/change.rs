//! The common part of all commands that change a guest: the change is tried, reported, and saved on
//! request.

use std::ffi::{OsStr, OsString};

use clap::Args;

use super::input::{self, Opened};
use super::options::OutputOptions;
use super::output::ReportFormat;
use super::saving::{Sink, put};
use super::{Outcome, many, output};
use crate::edit::{Command, Options, Revision};
use crate::model::{Code, Device, Problem};
use crate::report;

/// Options for the result.
#[derive(Clone, Debug, Args)]
pub struct ChangeArgs {
    /// Save the document to its source instead of printing a diff
    #[arg(long)]
    pub write: bool,
    /// Save the document to FILE instead; '-' prints it
    #[arg(short, long, value_name = "FILE", conflicts_with = "write")]
    pub output: Option<OsString>,
    /// Also freeze other devices that would move, at their present addresses
    #[arg(long)]
    pub hold: bool,
    /// Save even if the change causes new errors or adds more than 64 elements
    #[arg(long)]
    pub force: bool,
    /// Output format; JSON replaces the diff
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
}

/// Does the command that `ask` makes for the guest in `file`.
pub(super) fn run(
    file: &OsStr,
    args: &ChangeArgs,
    options: &OutputOptions,
    ask: impl FnOnce(&Revision) -> Result<Command, String>,
) -> color_eyre::Result<Outcome> {
    let opened = match input::open(file, options) {
        Ok(opened) => opened,
        Err(message) => return Ok(output::fail(&message)),
    };
    let command = match ask(&opened.revision) {
        Ok(command) => command,
        Err(message) => return Ok(output::fail(&format!("{}: {message}", opened.name))),
    };
    let manner = Options { freeze_others: args.hold, force: args.force };
    let is_saved = args.write || args.output.is_some();
    let is_json = args.format == ReportFormat::Json;
    let tried = command.dry_run(&opened.revision, manner).and_then(|run| {
        if !is_json {
            let style = output::error_style(options);
            output::note_styled(&report::change(&run, args.hold, style), style);
        }
        if is_saved {
            many::confirm(run.elements_added(), args.force)?;
        }
        Ok(run)
    });
    let before = opened.revision.document.text();
    if is_json {
        let source = (opened.name.as_str(), before.as_ref());
        output::print(&report::change_json(
            &command,
            tried.as_ref().map_err(Box::as_ref),
            source,
            opened.revision.domain.libvirt,
        )?)?;
    }
    let outcome = match tried {
        Ok(outcome) => outcome,
        // A name that does not exist is a wrong argument.
        Err(refusal) if refusal.code == Code::NoDevice => {
            return Ok(output::fail(&format!("{}: {refusal}", opened.name)));
        }
        Err(refusal) => {
            if !is_json {
                output::note(&refused(&opened, *refusal));
            }
            return Ok(Outcome::Found);
        }
    };
    let after = outcome.preview.after.document.text();
    if is_saved {
        let sink = Sink { file: Some(file), output: args.output.as_deref(), write: args.write };
        return put(sink, before, after, options);
    }
    if !is_json {
        output::print(&report::unified(before, after, &opened.name))?;
    }
    Ok(Outcome::Fine)
}

/// Why not, with the place in the text.
fn refused(opened: &Opened, mut problem: Problem) -> String {
    let revision = &opened.revision;
    let device = problem.devices.first().and_then(|key| revision.domain.device(*key));
    problem.spans.extend(device.and_then(Device::tag));
    let devices = revision.assignment.domain.by_key();
    report::complaint(&problem, &opened.name, &devices, revision.document.lines())
}
