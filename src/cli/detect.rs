//! `detect`: where a running guest really has its devices.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

use super::live::{self, MonitorArgs, RunningGuest};
use super::options::OutputOptions;
use super::saving::{Sink, put};
use super::{Outcome, many, output};
use crate::detect::AddressDiff;
use crate::edit::{DetectOptions, write_detected};
use crate::live::LiveNo;
use crate::model::{Device, Placement};
use crate::report;
use crate::rows::{self, Folds, Guest, GuestNames, headroom};
use crate::text::Printable;

/// `detect`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct DetectArgs {
    /// Domain XML: a file, '-' for standard input, or demo:NAME; without it, the guest alone is
    /// drawn
    #[arg(value_name = "FILE")]
    pub file: Option<OsString>,
    /// Options of the monitor.
    #[command(flatten)]
    pub monitor: MonitorArgs,
    /// A saved 'info pci', or the saved answer to 'query-pci', instead of a monitor
    #[arg(long, value_name = "FILE", conflicts_with = "monitor")]
    pub monitor_output: Option<OsString>,
    /// Write the document to FILE ('-' is standard output) instead of printing it
    #[arg(short, long, value_name = "FILE", conflicts_with = "write")]
    pub output: Option<OsString>,
    /// Save the document to its source
    #[arg(long, requires = "file")]
    pub write: bool,
    /// Print what changes instead of the document
    #[arg(long, requires = "file")]
    pub diff: bool,
    /// Print which live device is which configured one, and how it was matched, instead of the
    /// document
    #[arg(long, conflicts_with = "diff")]
    pub explain: bool,
    /// Freeze: write every detected address as a fixed one
    #[arg(long, requires = "file")]
    pub freeze: bool,
    /// Keep fixed addresses, even where the guest has the device elsewhere
    #[arg(long, requires = "file")]
    pub keep_static: bool,
    /// Leave out matches that are only likely
    #[arg(long, requires = "file")]
    pub only_certain: bool,
    /// Add elements for live devices that the XML does not have: 'all', or an id, path, MAC
    /// address or guest address (00:04.0); can be repeated
    #[arg(long, value_name = "NAME", requires = "file")]
    pub adopt: Vec<String>,
    /// Add more than 64 elements without asking
    #[arg(long, requires = "adopt")]
    pub force: bool,
    /// Print a domain XML made from the running guest alone
    #[arg(long, conflicts_with = "file")]
    pub emit_xml: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub format: DetectFormat,
}

/// The forms `detect` can print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DetectFormat {
    /// The document, or text for people
    #[default]
    Text,
    /// JSON: the matches, or the topology without a document
    Json,
}

/// Runs the command.
pub(super) fn run(args: &DetectArgs, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    let running = match running(args, options) {
        Ok(running) => running,
        Err(message) => return Ok(output::fail(&message)),
    };
    if running.made {
        bare(args, options, &running)
    } else {
        with_document(args, options, &running)
    }
}

fn running(args: &DetectArgs, options: &OutputOptions) -> Result<RunningGuest, String> {
    let (name, facts) = match &args.monitor_output {
        Some(path) => live::capture(path)?,
        None => {
            let (name, mut link) = (args.monitor.name(), args.monitor.open()?);
            let facts = link.facts().map_err(|error| live::complaint(&name, &error))?;
            (name, facts)
        }
    };
    RunningGuest::new(args.file.as_deref(), &name, facts, options)
}

/// A guest without a document: drawn, as JSON, or as a document.
fn bare(
    args: &DetectArgs,
    options: &OutputOptions,
    running: &RunningGuest,
) -> color_eyre::Result<Outcome> {
    let revision = &running.revision;
    for line in &running.left_out {
        tell(line);
    }
    if args.emit_xml {
        let text = revision.document.text();
        return put(sink(args), text, text, options);
    }
    let style = output::style(options);
    // Devices that libvirt would add are not those of the guest.
    let guest = Guest { domain: &revision.domain, topology: &running.topology };
    let text = match (args.format, args.explain) {
        (DetectFormat::Json, true) => {
            report::detected_json(&running.matching, &revision.domain, &running.facts)?
        }
        (DetectFormat::Json, false) => {
            report::json(guest, &running.name, &revision.problems, revision.document.lines())?
        }
        (DetectFormat::Text, true) => {
            report::detected(&running.matching, &revision.domain, &running.facts, style)
        }
        (DetectFormat::Text, false) => {
            let rows = rows::topology(guest, &GuestNames::of(guest), &Folds::default());
            let tree = report::tree(&rows, style);
            let summary = report::summary(guest, &rows, &headroom(guest), style);
            format!("{}{tree}{summary}", report::heading(&revision.domain, &running.name, style))
        }
    };
    output::print_styled(&text, style)?;
    Ok(Outcome::Fine)
}

fn with_document(
    args: &DetectArgs,
    options: &OutputOptions,
    running: &RunningGuest,
) -> color_eyre::Result<Outcome> {
    let RunningGuest { revision, facts, matching, .. } = running;
    let adopt = match adopted(args, running) {
        Ok(adopt) => adopt,
        Err(message) => return Ok(output::fail(&message)),
    };
    let write = DetectOptions {
        keep_static: args.keep_static,
        only_certain: args.only_certain,
        freeze: args.freeze,
        adopt,
    };
    let added = write.adopt.len();
    let written = match write_detected(revision, matching, facts, &write) {
        Ok(written) => written,
        Err(error) => return Ok(output::fail(&format!("{}: {error}", running.name))),
    };
    for (no, why) in &written.refused {
        let title = facts.device(*no).map(crate::live::LiveDevice::title).unwrap_or_default();
        tell(&format!("{title} was not added: {why}"));
    }
    let before = revision.document.text();
    let after = written.edit.apply(before)?;
    let outcome = outcome(running);
    let style = output::style(options);
    match args.format {
        DetectFormat::Json => {
            output::print(&report::detected_json(matching, &revision.domain, facts)?)?;
        }
        DetectFormat::Text if args.explain => {
            output::print_styled(
                &report::detected(matching, &revision.domain, facts, style),
                style,
            )?;
        }
        DetectFormat::Text => tell(&report::detected_summary(matching, facts)),
    }
    if args.diff {
        output::print(&report::unified(before, &after, &running.name))?;
    }
    let silent = args.diff || args.explain || args.format == DetectFormat::Json;
    if args.write || args.output.is_some() || !silent {
        if let Err(refusal) = many::confirm(added.saturating_sub(written.refused.len()), args.force)
        {
            let help = refusal.help.as_deref().unwrap_or_default();
            return Ok(output::fail(&format!("{}: {refusal}\n  {help}", running.name)));
        }
        let put = put(sink(args), before, &after, options)?;
        return Ok(if put == Outcome::Fine { outcome } else { put });
    }
    Ok(outcome)
}

/// The live devices that are to become elements.
fn adopted(args: &DetectArgs, running: &RunningGuest) -> Result<Vec<LiveNo>, String> {
    let mut found = Vec::new();
    for name in &args.adopt {
        if name == "all" {
            found.extend(running.matching.unconfigured.iter().copied());
            continue;
        }
        let no = running.facts.named(name);
        match no.filter(|no| running.matching.unconfigured.contains(no)) {
            Some(no) => found.push(no),
            None if no.is_some() => return Err(format!("'{name}' is already in the XML")),
            None => return Err(format!("the guest has no device '{name}'")),
        }
    }
    Ok(found)
}

/// Whether the guest and its document agree: addresses that the document leaves open are no
/// difference, nor are devices that it never had.
fn outcome(running: &RunningGuest) -> Outcome {
    let RunningGuest { matching, revision, .. } = running;
    let moved = matching.matches.iter().any(|pair| {
        let device = revision.domain.device(pair.device);
        pair.diff == AddressDiff::Moved && device.map(Device::placement) == Some(Placement::Static)
    });
    let lost = !matching.ambiguous.is_empty()
        || !matching.absent.is_empty()
        || !matching.not_enumerated.is_empty();
    if moved || lost { Outcome::Found } else { Outcome::Fine }
}

/// The destination of the document.
fn sink(args: &DetectArgs) -> Sink<'_> {
    Sink { file: args.file.as_deref(), output: args.output.as_deref(), write: args.write }
}

/// Reports a line on standard error; text from a monitor is made printable.
fn tell(line: &str) {
    output::note(&format!("virt-topo: {}\n", Printable::new(line)));
}
