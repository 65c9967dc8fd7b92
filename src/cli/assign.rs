//! `assign`: choose addresses as libvirt would, and write them into the document.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

use super::input::{self, Opened};
use super::options::OutputOptions;
use super::output::ReportFormat;
use super::saving::{Sink, put};
use super::{Outcome, output};
use crate::assign::{self, Assignment, ParseMode};
use crate::edit;
use crate::model::{Dialect, Problem, Severity};
use crate::report;

/// `assign`
#[derive(Debug, Args)]
pub struct AssignArgs {
    /// Domain XML: a file, '-' for standard input, or demo:NAME
    #[arg(value_name = "FILE")]
    pub file: OsString,
    /// Write the document to FILE ('-' is standard output) instead of printing it
    #[arg(short, long, value_name = "FILE", conflicts_with = "write")]
    pub output: Option<OsString>,
    /// Save the document to its source
    #[arg(long)]
    pub write: bool,
    /// Print what changes instead of the document
    #[arg(long)]
    pub diff: bool,
    /// Print the decision for each device and its reason instead of the document
    #[arg(long, conflicts_with = "diff")]
    pub explain: bool,
    /// How dynamic addresses are written [default: as in the document]
    #[arg(long, value_enum, value_name = "DIALECT")]
    pub dialect: Option<DialectWord>,
    /// Use the rules for a guest that is already defined and is loaded again
    #[arg(
        long,
        value_enum,
        value_name = "AGE",
        num_args = 0..=1,
        require_equals = true,
        default_value = "new",
        default_missing_value = "existing"
    )]
    pub existing: Age,
    /// Output format of the decisions; JSON replaces the document
    #[arg(long, value_enum, default_value_t, conflicts_with = "diff")]
    pub format: ReportFormat,
}

/// The form of dynamic addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DialectWord {
    /// As libvirt does: without a mode
    Current,
    /// With mode='dynamic', as proposed in 2009
    #[value(name = "2009")]
    Of2009,
}

impl From<DialectWord> for Dialect {
    fn from(word: DialectWord) -> Self {
        match word {
            DialectWord::Current => Self::Current,
            DialectWord::Of2009 => Self::Of2009,
        }
    }
}

/// Whether libvirt knows the guest already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Age {
    /// New: the guest is being defined
    New,
    /// Loaded: libvirt reads its own definition again
    Existing,
}

impl From<Age> for ParseMode {
    fn from(age: Age) -> Self {
        match age {
            Age::New => Self::Define,
            Age::Existing => Self::Load,
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &AssignArgs, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    let opened = match input::open(&args.file, options) {
        Ok(opened) => opened,
        Err(message) => return Ok(output::fail(&message)),
    };
    let revision = &opened.revision;
    let loaded;
    let assignment = match args.existing {
        Age::New => &revision.assignment,
        Age::Existing => {
            loaded = assign::assign(&revision.domain, ParseMode::Load);
            &loaded
        }
    };
    let problems = problems(&opened, assignment, args);
    let refused = problems.iter().any(|problem| problem.severity == Severity::Error);
    if args.format == ReportFormat::Json {
        let lines = revision.document.lines();
        output::print(&report::assignment_json(assignment, &opened.name, &problems, lines)?)?;
    } else {
        complain(&opened, assignment, &problems, args.explain);
    }
    if refused {
        return Ok(Outcome::Found);
    }
    let dialect = args.dialect.map_or(revision.domain.dialect, Into::into);
    let before = revision.document.text();
    let edit = edit::plan_assignment(revision, &assignment.domain, dialect)?;
    let after = edit.apply(before)?;
    if args.explain && args.format == ReportFormat::Text {
        output::print(&report::libvirt_lines(assignment.domain.libvirt))?;
        output::print(&report::explanation(assignment))?;
    }
    if args.diff {
        output::print(&report::unified(before, &after, &opened.name))?;
    }
    let silent = args.diff || args.explain || args.format == ReportFormat::Json;
    if !args.write && args.output.is_none() {
        if !silent {
            output::document(&after, options)?;
        }
        return Ok(Outcome::Fine);
    }
    let sink = Sink { file: Some(&args.file), output: args.output.as_deref(), write: args.write };
    put(sink, before, &after, options)
}

/// Problems of decoding, refusals of libvirt, and warnings.
fn problems(opened: &Opened, assignment: &Assignment, args: &AssignArgs) -> Vec<Problem> {
    let domain = &opened.revision.domain;
    let refusals = assignment.refusals.iter().cloned();
    let mut problems: Vec<_> = opened.revision.problems.iter().cloned().chain(refusals).collect();
    problems.extend(assign::warnings(domain, assignment));
    // It costs another assignment, and is no warning.
    if args.explain || args.format == ReportFormat::Json {
        problems.extend(assign::order_matters(domain, assignment, args.existing.into()));
    }
    let devices = domain.by_key();
    for problem in problems.iter_mut().filter(|problem| problem.spans.is_empty()) {
        let device = problem.devices.first().and_then(|key| devices.get(key));
        problem.spans.extend(device.and_then(|device| device.tag()));
    }
    problems
}

/// Reports problems on standard error; notes only with explanations.
fn complain(opened: &Opened, assignment: &Assignment, problems: &[Problem], notes: bool) {
    let lines = opened.revision.document.lines();
    let devices = assignment.domain.by_key();
    for problem in problems.iter().filter(|problem| notes || problem.severity > Severity::Note) {
        output::note(&report::complaint(problem, &opened.name, &devices, lines));
    }
}
