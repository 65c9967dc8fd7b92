//! Problems as SARIF 2.1.0, the format in which code hosts and editors accept findings.
//!
//! Source: OASIS, Static Analysis Results Interchange Format Version 2.1.0. Empty parts are left
//! out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::libvirt::{AnsweredBy, answered_by};
use super::written_json;
use crate::check::{RULES, Rule};
use crate::model::{Problem, Severity, Version};
use crate::text::{Lines, Span};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifLog {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [SarifRun; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifRun {
    tool: Tool,
    column_kind: &'static str,
    invocations: [Invocation; 1],
    artifacts: Vec<Artifact>,
    results: Vec<SarifResult>,
    properties: SarifProperties,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifProperties {
    answered_by: AnsweredBy,
}

#[derive(Serialize)]
struct Tool {
    driver: SarifDriver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifDriver {
    name: &'static str,
    version: &'static str,
    semantic_version: &'static str,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    short_description: SarifMessage,
    full_description: SarifMessage,
    help: SarifMessage,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Clone, Serialize)]
struct SarifMessage {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: SarifMessage,
    locations: Vec<Location>,
}

#[derive(Serialize)]
struct Artifact {
    location: ArtifactLocation,
}

#[derive(Clone, Serialize)]
struct ArtifactLocation {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: SarifMessage,
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    #[serde(rename = "physicalLocation")]
    physical: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<SarifMessage>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<SarifRegion>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifRegion {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    /// The one behind the last.
    end_column: u32,
}

/// Collects the findings of a run.
#[derive(Default)]
pub struct Sarif {
    artifacts: Vec<Artifact>,
    results: Vec<SarifResult>,
    notifications: Vec<Notification>,
}

impl Sarif {
    /// Adds a checked file with its problems.
    pub fn add(&mut self, file: &str, problems: &[Problem], lines: &Lines) {
        let artifact = self.artifact(file);
        for problem in problems {
            let result = result(problem, &artifact, lines);
            self.results.push(result);
        }
    }

    /// Adds a file that could not be checked.
    pub fn fail(&mut self, file: &str, message: &str) {
        let artifact_location = self.artifact(file);
        let physical = Physical { artifact_location, region: None };
        self.notifications.push(Notification {
            level: "error",
            message: text(message),
            locations: vec![Location { id: None, physical, message: None }],
        });
    }

    /// Adds everything of another collection behind its own.
    pub fn append(&mut self, mut other: Self) {
        let base = self.artifacts.len();
        let move_on = |location: &mut Location| {
            let artifact = &mut location.physical.artifact_location;
            artifact.index = artifact.index.map(|index| index + base);
        };
        for result in &mut other.results {
            result.locations.iter_mut().chain(&mut result.related_locations).for_each(move_on);
        }
        for notification in &mut other.notifications {
            notification.locations.iter_mut().for_each(move_on);
        }
        self.artifacts.append(&mut other.artifacts);
        self.results.append(&mut other.results);
        self.notifications.append(&mut other.notifications);
    }

    fn artifact(&mut self, file: &str) -> ArtifactLocation {
        let location = ArtifactLocation { uri: uri(file), index: None };
        let index = Some(self.artifacts.len());
        self.artifacts.push(Artifact { location: location.clone() });
        ArtifactLocation { index, ..location }
    }

    /// Formats the whole log.
    ///
    /// # Errors
    /// None in practice: everything here can be serialized.
    pub fn finish(self, libvirt: Version) -> Result<String, serde_json::Error> {
        let version = env!("CARGO_PKG_VERSION");
        let driver = SarifDriver {
            name: "virt-topo",
            version,
            semantic_version: version,
            rules: RULES.iter().map(|rule| descriptor(rule)).collect(),
        };
        let invocation = Invocation {
            execution_successful: self.notifications.is_empty(),
            tool_execution_notifications: self.notifications,
        };
        let run = SarifRun {
            tool: Tool { driver },
            column_kind: "unicodeCodePoints",
            invocations: [invocation],
            artifacts: self.artifacts,
            results: self.results,
            properties: SarifProperties { answered_by: answered_by(libvirt) },
        };
        let log = SarifLog { schema: SCHEMA, version: "2.1.0", runs: [run] };
        written_json(&log)
    }
}

impl std::fmt::Debug for Sarif {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sarif").field("results", &self.results.len()).finish_non_exhaustive()
    }
}

fn descriptor(rule: &Rule) -> Descriptor {
    let help = if rule.wrong.is_empty() {
        rule.about.to_owned()
    } else {
        format!("{}\n\nWrong:\n{}\n\nRight:\n{}", rule.about, rule.wrong, rule.right)
    };
    Descriptor {
        id: rule.code.as_str(),
        short_description: text(rule.summary),
        full_description: text(rule.about),
        help: text(&help),
        default_configuration: Configuration { level: rule.severity.as_str() },
    }
}

fn result(problem: &Problem, artifact: &ArtifactLocation, lines: &Lines) -> SarifResult {
    let mut places = problem.spans.iter().map(|span| location(*span, artifact, lines));
    let first = places.next();
    let related = (1..).zip(places).map(|(id, place)| Location {
        id: Some(id),
        message: Some(text("the other place")),
        ..place
    });
    let mut words = problem.message.clone();
    if let Some(libvirt) = &problem.libvirt {
        words = format!("{words}\nlibvirt: {libvirt}");
    }
    if let Some(help) = &problem.help {
        words = format!("{words}\nhelp: {help}");
    }
    let devices: Vec<String> = problem.devices.iter().map(ToString::to_string).collect();
    let fingerprint = format!("{} {}", problem.code, devices.join(" "));
    SarifResult {
        rule_id: problem.code.as_str(),
        rule_index: RULES.iter().position(|rule| rule.is_of(problem)),
        level: match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        },
        message: text(&words),
        locations: first.into_iter().collect(),
        related_locations: related.collect(),
        partial_fingerprints: BTreeMap::from([("codeAndDevices/v1", fingerprint)]),
    }
}

fn location(span: Span, artifact: &ArtifactLocation, lines: &Lines) -> Location {
    let (start, end) = (lines.position(span.start), lines.position(span.end));
    let region = SarifRegion {
        start_line: start.line,
        start_column: start.column,
        end_line: end.line,
        end_column: end.column,
    };
    let physical = Physical { artifact_location: artifact.clone(), region: Some(region) };
    Location { id: None, physical, message: None }
}

fn text(text: &str) -> SarifMessage {
    SarifMessage { text: text.to_owned() }
}

/// A file name as a relative or absolute URI reference (RFC 3986).
fn uri(file: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let mut uri = String::new();
    if file.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in file.bytes() {
        if plain(byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_become_uris() {
        assert_eq!(uri("a b/ü.xml"), "a%20b/%C3%BC.xml");
        assert_eq!(uri("/etc/x.xml"), "file:///etc/x.xml");
        assert_eq!(uri("a:b"), "a%3Ab");
    }
}
