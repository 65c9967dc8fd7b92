//! Problems as JSON: one object for each file. The schema is described in `docs/check-json.md`; its
//! `version` counts incompatible changes.

use std::collections::HashMap;

use serde::Serialize;

use super::libvirt::{AnsweredBy, answered_by};
use super::written_json;
use crate::model::{Device, DeviceKey, Domain, Problem, Version};
use crate::text::Lines;

/// Version of the schema.
const VERSION: u32 = 1;

/// The report of a run over many files.
#[derive(Debug, Serialize)]
struct CheckReport {
    schema: &'static str,
    version: u32,
    answered_by: AnsweredBy,
    files: Vec<FileReport>,
    summary: Summary,
}

/// The number of problems of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Guests that were checked.
    pub checked: usize,
    /// Files that hold no guest.
    pub skipped: usize,
    /// Files that could not be read.
    pub unreadable: usize,
    /// Problems by severity.
    pub errors: usize,
    /// The number of warnings.
    pub warnings: usize,
    /// The number of notes.
    pub notes: usize,
}

impl Summary {
    /// Adds the counts of `other`.
    pub fn add(&mut self, other: Self) {
        self.checked += other.checked;
        self.skipped += other.skipped;
        self.unreadable += other.unreadable;
        self.errors += other.errors;
        self.warnings += other.warnings;
        self.notes += other.notes;
    }
}

/// The report of one file.
#[derive(Debug, Serialize)]
pub struct FileReport {
    /// The file's name as the user gave it.
    pub file: String,
    /// The guest's name.
    pub domain: Option<String>,
    /// Why it was not checked.
    pub failure: Option<String>,
    /// The problems of the file.
    pub problems: Vec<CheckProblem>,
}

/// A problem in JSON.
#[derive(Debug, Serialize)]
pub struct CheckProblem {
    code: &'static str,
    severity: &'static str,
    message: String,
    libvirt: Option<String>,
    help: Option<String>,
    devices: Vec<BlamedDevice>,
    places: Vec<PlaceReport>,
    fixes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct BlamedDevice {
    key: String,
    title: String,
    address: Option<String>,
}

/// A span of the text: lines and columns count from 1, columns in characters; ends are inclusive.
#[derive(Debug, Serialize)]
struct PlaceReport {
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    /// Bytes, counted from 0.
    offset: u32,
    length: u32,
}

/// The problems of a guest in the schema's terms; `domain` has every device they name.
pub fn problem_reports(problems: &[Problem], domain: &Domain, lines: &Lines) -> Vec<CheckProblem> {
    let devices: HashMap<DeviceKey, &Device> =
        domain.devices.iter().map(|device| (device.key(), device)).collect();
    problems.iter().map(|problem| problem_report(problem, &devices, lines)).collect()
}

fn problem_report(
    problem: &Problem,
    known: &HashMap<DeviceKey, &Device>,
    lines: &Lines,
) -> CheckProblem {
    let devices = problem.devices.iter().map(|key| {
        let device = known.get(key);
        BlamedDevice {
            key: key.to_string(),
            title: device.map(|device| device.title()).unwrap_or_default(),
            address: device.and_then(|device| device.address()).map(ToString::to_string),
        }
    });
    let places = problem.spans.iter().map(|span| {
        let start = lines.position(span.start);
        let end = lines.position(span.end.max(span.start + 1) - 1);
        PlaceReport {
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            offset: span.start,
            length: span.len(),
        }
    });
    CheckProblem {
        code: problem.code.as_str(),
        severity: problem.severity.as_str(),
        message: problem.message.clone(),
        libvirt: problem.libvirt.clone(),
        help: problem.help.as_ref().map(ToString::to_string),
        devices: devices.collect(),
        places: places.collect(),
        fixes: problem.fixes.iter().map(|fix| fix.title.clone()).collect(),
    }
}

/// The whole report, on several lines.
///
/// # Errors
/// None in practice: everything here can be serialized.
pub fn check_json(
    files: Vec<FileReport>,
    summary: Summary,
    libvirt: Version,
) -> Result<String, serde_json::Error> {
    let answered_by = answered_by(libvirt);
    let report =
        CheckReport { schema: "virt-topo/check", version: VERSION, answered_by, files, summary };
    written_json(&report)
}
