//! The result of a command, as text and as JSON.

use std::fmt::Write as _;

use serde::Serialize;
use similar::TextDiff;

use super::Style;
use super::differences::{DifferenceReport, lines, row};
use super::json::{ProblemReport, problem_report};
use super::libvirt::{AnsweredBy, answered_by};
use super::written_json;
use crate::edit::{Command, Difference, DryRun, Move};
use crate::model::{DeviceKey, Problem, Version};
use crate::xml::masked;

/// Version of the JSON schema, which `docs/change-json.md` describes.
const VERSION: u32 = 1;

/// Two documents as `diff -u` compares them, with marks for their secrets; empty when they are the same.
pub fn unified(before: &str, after: &str, name: &str) -> String {
    if before == after {
        return String::new();
    }
    let (before, after) = (masked(before), masked(after));
    TextDiff::from_lines(&*before, &*after).unified_diff().header(name, name).to_string()
}

/// The changes, the new places, notices in the guest, and the other devices that move. `held`:
/// whether those were to be held.
pub fn change(outcome: &DryRun, held: bool, style: Style) -> String {
    let mut out = format!("{}\n", style.safe(&outcome.title));
    if outcome.is_empty() {
        out.push_str("nothing to change: already so\n");
    }
    let others: Vec<_> = outcome.others().collect();
    let is_told = |difference: &&Difference| {
        !matches!(difference.what, Some(Move::Kept { .. }))
            && !others.iter().any(|other| std::ptr::eq(*other, *difference))
    };
    out.push_str(&lines(outcome.preview.differences.iter().filter(is_told), style));
    // Writing to a string cannot fail.
    for note in &outcome.notes {
        let _ = writeln!(out, "note: {}", style.safe(note));
    }
    for problem in &outcome.problems {
        let word = problem.severity.as_str();
        let _ = writeln!(out, "{word}: {} [{}]", style.safe(&problem.message), problem.code);
    }
    if !others.is_empty() {
        out.push_str("warning: this also moves devices without a fixed address");
        out.push_str(if held { "\n" } else { "; --hold keeps them in place\n" });
        out.push_str(&lines(others, style));
    }
    out
}

#[derive(Serialize)]
struct CommandReport<'a> {
    schema: &'static str,
    version: u32,
    source: &'a str,
    answered_by: AnsweredBy,
    command: String,
    title: Option<&'a str>,
    refusal: Option<RefusalReport<'a>>,
    changed: bool,
    differences: Vec<DifferenceReport<'a>>,
    others: Vec<DifferenceReport<'a>>,
    notes: &'a [String],
    problems: Vec<ProblemReport<'a>>,
    diff: String,
}

#[derive(Serialize)]
struct RefusalReport<'a> {
    code: &'static str,
    message: &'a str,
    libvirt: Option<&'a str>,
    help: Option<&'a str>,
    devices: Vec<String>,
}

/// The JSON of a command that was tried on the guest in `source`, or of its refusal.
///
/// # Errors
/// None in practice: everything here can be serialized.
pub fn change_json(
    command: &Command,
    tried: Result<&DryRun, &Problem>,
    (source, before): (&str, &str),
    libvirt: Version,
) -> serde_json::Result<String> {
    let refusal = tried.err().map(|refusal| RefusalReport {
        code: refusal.code.as_str(),
        message: &refusal.message,
        libvirt: refusal.libvirt.as_deref(),
        help: refusal.help.as_deref(),
        devices: refusal.devices.iter().map(DeviceKey::to_string).collect(),
    });
    let outcome = tried.ok();
    let report = CommandReport {
        schema: "virt-topo/change",
        version: VERSION,
        source,
        answered_by: answered_by(libvirt),
        command: command.to_string(),
        title: outcome.map(|outcome| outcome.title.as_str()),
        refusal,
        changed: outcome.is_some_and(|outcome| !outcome.is_empty()),
        differences: outcome.iter().flat_map(|o| o.preview.differences.iter().map(row)).collect(),
        others: outcome.iter().flat_map(|outcome| outcome.others().map(row)).collect(),
        notes: outcome.map_or(&[], |outcome| &outcome.notes),
        problems: outcome.map(problems).unwrap_or_default(),
        diff: outcome
            .map(|outcome| unified(before, outcome.preview.after.document.text(), source))
            .unwrap_or_default(),
    };
    written_json(&report)
}

fn problems(outcome: &DryRun) -> Vec<ProblemReport<'_>> {
    let lines = outcome.preview.after.document.lines();
    outcome.problems.iter().map(|problem| problem_report(problem, lines)).collect()
}
