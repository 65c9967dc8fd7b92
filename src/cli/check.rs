//! `check`: everything that is wrong with one guest or with thousands.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use clap::{Args, ValueEnum};

use super::options::OutputOptions;
use super::progress::Progress;
use super::{Outcome, output, settings};
use crate::check::{Allowed, Host};
use crate::edit::{Checked, OpenError, Revision};
use crate::machine::libvirt::Libvirt;
use crate::model::Severity;
use crate::report::{self, Excerpts, FileReport, Sarif, Style, Summary};
use crate::sources::{Source, find_xml, numa_nodes};

/// `check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Domain XML: files, directories to search for *.xml, '-' for standard input, or demo:NAME
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<OsString>,
    /// Lowest severity that causes exit status 1
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    pub fail_on: FailOn,
    /// How far the guest has to get: `define` (virsh define succeeds) or `start` (QEMU starts);
    /// with
    /// `define`, a problem that only QEMU has is a warning
    #[arg(long, value_enum, default_value_t, value_name = "STAGE")]
    pub until: Until,
    /// Lowest severity to report [default: note, or warning for more than one file]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub level: Option<LeastSeverity>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub format: CheckFormat,
    /// Silence these rules; separated by commas, or repeated
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub allow: Vec<String>,
}

/// The step that a guest has to reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Until {
    /// libvirt accepts the definition
    #[default]
    Define,
    /// QEMU starts it
    Start,
}

/// The severity that makes the exit status 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// libvirt or QEMU refuses it
    #[default]
    Error,
    /// Works, but is likely to cause trouble
    Warning,
    /// Anything
    Note,
    /// Nothing
    Never,
}

/// The least severity that is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LeastSeverity {
    /// Errors alone
    Error,
    /// Errors and warnings
    Warning,
    /// Everything
    Note,
}

/// The forms of the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// Text with excerpts of the documents
    #[default]
    Text,
    /// JSON, described in docs/check-json.md
    Json,
    /// SARIF 2.1.0, for code hosts and editors
    Sarif,
}

impl LeastSeverity {
    fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Note => Severity::Note,
        }
    }
}

/// A file to check.
struct Job {
    source: Source,
    /// Whether the user named the file, so that it has to be a guest.
    named: bool,
}

/// The result of one file.
struct Done {
    summary: Summary,
    body: Body,
}

/// The output about one file.
enum Body {
    Text(String),
    Json(FileReport),
    Sarif(Sarif),
}

/// The options for all files.
struct Plan {
    allowed: Allowed,
    libvirt: Libvirt,
    until: Until,
    least: Severity,
    format: CheckFormat,
    style: Style,
}

/// Runs the command.
pub(super) fn run(args: &CheckArgs, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    let allowed = match Allowed::new(args.allow.iter().map(String::as_str)) {
        Ok(allowed) => allowed.and(&configured(options)),
        Err(error) => return Ok(output::fail(&format!("--allow: {error}"))),
    };
    let mut summary = Summary::default();
    let jobs = jobs(&args.files, &mut summary);
    let least = match (args.level, args.format) {
        (Some(level), _) => level.severity(),
        (None, CheckFormat::Text) if jobs.len() > 1 => Severity::Warning,
        (None, _) => Severity::Note,
    };
    let plan = Plan {
        allowed,
        libvirt: options.libvirt(),
        until: args.until,
        least,
        format: args.format,
        style: output::style(options),
    };
    let mut files = Vec::new();
    let mut sarif = Sarif::default();
    let mut progress = Progress::new(jobs.len());
    each(&jobs, &plan, |done| {
        summary.add(done.summary);
        match done.body {
            Body::Text(text) if text.is_empty() => {}
            Body::Text(text) => {
                progress.clear();
                output::print_styled(&text, plan.style)?;
            }
            Body::Json(file) => files.push(file),
            Body::Sarif(part) => sarif.append(part),
        }
        progress.step(summary.errors);
        Ok(())
    })?;
    progress.clear();
    match args.format {
        CheckFormat::Text => output::print(&format!("{}\n", sentence(summary)))?,
        CheckFormat::Json => {
            output::print(&report::check_json(files, summary, plan.libvirt.version)?)?;
        }
        CheckFormat::Sarif => output::print(&sarif.finish(plan.libvirt.version)?)?,
    }
    Ok(outcome(args.fail_on, summary))
}

/// Codes that the configuration silences. Its mistakes are reported as far as they may concern
/// that, and do not prevent checking.
fn configured(options: &OutputOptions) -> Allowed {
    let found = settings::find(options);
    let mistakes = found.mistakes.iter().filter(|mistake| {
        mistake.key.is_empty() || mistake.key == "check" || mistake.key.starts_with("check.")
    });
    for message in found.unread.iter().cloned().chain(mistakes.map(ToString::to_string)) {
        output::fail(&message);
    }
    found.config.allowed
}

/// The files to check; unreadable folders are reported at once.
fn jobs(arguments: &[OsString], summary: &mut Summary) -> Vec<Job> {
    let mut jobs = Vec::new();
    for argument in arguments {
        let source = Source::from_argument(argument);
        match &source {
            Source::File(path) if path.is_dir() => {
                let found = find_xml(path);
                for failure in found.failures {
                    output::fail(&failure.to_string());
                    summary.unreadable += 1;
                }
                let file = |path: PathBuf| Job { source: Source::File(path), named: false };
                jobs.extend(found.files.into_iter().map(file));
            }
            _ => jobs.push(Job { source, named: true }),
        }
    }
    jobs
}

/// Checks every job on all processors and hands the results over in the order of the jobs.
fn each(
    jobs: &[Job],
    plan: &Plan,
    mut take: impl FnMut(Done) -> color_eyre::Result<()>,
) -> color_eyre::Result<()> {
    let next = AtomicUsize::new(0);
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        let (send, receive) = mpsc::channel();
        for _ in 0..processors.min(jobs.len()) {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                loop {
                    let nth = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(nth) else { break };
                    // The receiver is gone when printing has failed.
                    if send.send((nth, check(job, plan))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        let mut waiting = BTreeMap::new();
        let mut wanted = 0;
        for (nth, done) in receive {
            waiting.insert(nth, done);
            while let Some(done) = waiting.remove(&wanted) {
                wanted += 1;
                take(done)?;
            }
        }
        Ok(())
    })
}

fn check(job: &Job, plan: &Plan) -> Done {
    let name = job.source.name();
    let read = match job.source.read() {
        Ok(read) => read,
        Err(error) => {
            let unreadable = Summary { unreadable: 1, ..Summary::default() };
            return failed(&name, &error.to_string(), unreadable, plan);
        }
    };
    match Revision::build_for(read.text, plan.libvirt.version) {
        Ok(revision) => {
            // A demo runs nowhere, and a monitor reports everything itself. A card of this name may
            // be in another host too: the result is a note.
            let nodes = match job.source {
                Source::Demo(_) | Source::Monitor(_) => BTreeMap::new(),
                Source::File(_) | Source::Stdin => numa_nodes(&revision.domain),
            };
            checked(&name, &revision, &Host { nodes }, plan)
        }
        Err(error) => {
            let skipped = error.is_document && !job.named;
            let summary = Summary {
                skipped: usize::from(skipped),
                unreadable: usize::from(!skipped),
                ..Summary::default()
            };
            failed(&name, &place(&name, &error), summary, plan)
        }
    }
}

fn place(name: &str, error: &OpenError) -> String {
    let hint = error.hint.map(|hint| format!("\n  {hint}")).unwrap_or_default();
    format!("{name}:{}:{}: {}{hint}", error.at.line, error.at.column, error.message)
}

fn failed(name: &str, message: &str, summary: Summary, plan: &Plan) -> Done {
    let skipped = summary.skipped > 0;
    let body = match plan.format {
        CheckFormat::Text if skipped && plan.least > Severity::Note => Body::Text(String::new()),
        CheckFormat::Text if skipped => Body::Text(format!("note: skipped {message}\n\n")),
        CheckFormat::Text => Body::Text(format!("error: {message}\n\n")),
        CheckFormat::Json => Body::Json(FileReport {
            file: name.to_owned(),
            domain: None,
            failure: Some(message.to_owned()),
            problems: Vec::new(),
        }),
        CheckFormat::Sarif => {
            let mut sarif = Sarif::default();
            if !skipped {
                sarif.fail(name, message);
            }
            Body::Sarif(sarif)
        }
    };
    Done { summary, body }
}

fn checked(name: &str, revision: &Revision, host: &Host, plan: &Plan) -> Done {
    let mut checked = Checked::on_host(revision, &plan.allowed, host);
    if plan.until == Until::Define {
        checked.until_defined();
    }
    let count = |severity| checked.problems.iter().filter(|p| p.severity == severity).count();
    let summary = Summary {
        checked: 1,
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        notes: count(Severity::Note),
        ..Summary::default()
    };
    checked.problems.retain(|problem| problem.severity >= plan.least);
    if plan.format != CheckFormat::Sarif {
        checked.try_fixes(revision);
    }
    let (problems, lines) = (&checked.problems, revision.document.lines());
    let domain = &revision.assignment.domain;
    let body = match plan.format {
        CheckFormat::Text => {
            let excerpts = Excerpts::new(name, (domain, &revision.document), plan.style);
            Body::Text(problems.iter().map(|problem| excerpts.of(problem)).collect())
        }
        CheckFormat::Json => Body::Json(FileReport {
            file: name.to_owned(),
            domain: Some(revision.domain.name.to_string()),
            failure: None,
            problems: report::problem_reports(problems, domain, lines),
        }),
        CheckFormat::Sarif => {
            let mut sarif = Sarif::default();
            sarif.add(name, problems, lines);
            Body::Sarif(sarif)
        }
    };
    Done { summary, body }
}

/// "checked 307 guests: 3 errors, 12 warnings, no notes; 2 files skipped, 1 unreadable".
fn sentence(summary: Summary) -> String {
    let Summary { checked, skipped, unreadable, errors, warnings, notes } = summary;
    let number = |count: usize, word: &str| match count {
        0 => format!("no {word}s"),
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    let mut text = format!(
        "checked {}: {}, {}, {}",
        number(checked, "guest"),
        number(errors, "error"),
        number(warnings, "warning"),
        number(notes, "note")
    );
    for (count, what) in [(skipped, "without a guest"), (unreadable, "unreadable")] {
        if count > 0 {
            text.extend(["; ", &number(count, "file"), " ", what]);
        }
    }
    text
}

fn outcome(fail_on: FailOn, summary: Summary) -> Outcome {
    let found = match fail_on {
        FailOn::Never => 0,
        FailOn::Error => summary.errors,
        FailOn::Warning => summary.errors + summary.warnings,
        FailOn::Note => summary.errors + summary.warnings + summary.notes,
    };
    match (found, summary.unreadable) {
        (0, 0) => Outcome::Fine,
        (0, _) => Outcome::Failed,
        _ => Outcome::Found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_status_follows_the_worst_that_counts() {
        let warning = Summary { checked: 2, warnings: 1, ..Summary::default() };
        let unreadable = Summary { unreadable: 1, ..Summary::default() };
        let both = Summary { errors: 1, ..unreadable };
        for (fail_on, summary, want) in [
            (FailOn::Error, warning, Outcome::Fine),
            (FailOn::Warning, warning, Outcome::Found),
            (FailOn::Note, warning, Outcome::Found),
            (FailOn::Never, both, Outcome::Failed),
            (FailOn::Error, both, Outcome::Found),
            (FailOn::Error, unreadable, Outcome::Failed),
            (FailOn::Error, Summary::default(), Outcome::Fine),
        ] {
            assert_eq!(outcome(fail_on, summary), want, "{fail_on:?} {summary:?}");
        }
        assert_eq!(sentence(warning), "checked 2 guests: no errors, 1 warning, no notes");
    }
}
