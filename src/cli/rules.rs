//! `rules`: lists and explains the rules of `check`.

use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;

use super::options::OutputOptions;
use super::output::ReportFormat;
use super::{Outcome, output};
use crate::check::{self, Allowed, RULES, Rule};
use crate::report::written_json;
use crate::text::pad;

/// `rules`
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// Code of the rule to explain; without it, all rules are listed
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
}

#[derive(Serialize)]
struct RuleReport {
    code: &'static str,
    severity: &'static str,
    at_start: bool,
    summary: &'static str,
    about: &'static str,
    machine: &'static str,
    wrong: &'static str,
    right: &'static str,
}

/// Runs the command.
pub(super) fn run(args: &RulesArgs, _look: &OutputOptions) -> color_eyre::Result<Outcome> {
    let chosen: Vec<&Rule> = match &args.code {
        None => RULES.to_vec(),
        Some(code) => match Allowed::new([code.as_str()]) {
            Ok(named) => named.everywhere().filter_map(check::rule).collect(),
            Err(error) => return Ok(output::fail(&error.to_string())),
        },
    };
    let text = match (args.format, &args.code) {
        (ReportFormat::Json, _) => {
            let reports: Vec<RuleReport> = chosen.iter().map(|rule| report(rule)).collect();
            written_json(&reports)?
        }
        (ReportFormat::Text, None) => list(&chosen),
        (ReportFormat::Text, Some(_)) => chosen.iter().map(|rule| explain(rule)).collect(),
    };
    output::print(&text)?;
    Ok(Outcome::Fine)
}

fn report(rule: &Rule) -> RuleReport {
    RuleReport {
        code: rule.code.as_str(),
        severity: rule.severity.as_str(),
        at_start: rule.stage.is_start(),
        summary: rule.summary,
        about: rule.about,
        machine: rule.machine,
        wrong: rule.wrong,
        right: rule.right,
    }
}

fn list(rules: &[&Rule]) -> String {
    let width = rules.iter().map(|rule| rule.code.as_str().len()).max().unwrap_or_default();
    let mut text = String::new();
    for rule in rules {
        let (code, severity) = (pad(rule.code.as_str(), width), rule.severity.as_str());
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{code}  {severity:7}  {}", rule.summary);
    }
    text
}

fn explain(rule: &Rule) -> String {
    let indented =
        |part: &str| part.lines().fold(String::new(), |text, l| text + "    " + l + "\n");
    let mut text = format!("{} ({})\n\n{}.\n\n", rule.code, rule.severity.as_str(), capital(rule));
    text.push_str(&wrapped(rule.about));
    if rule.stage.is_start() {
        text.push_str("libvirt accepts the definition; with `--until define` it is a warning.\n");
    }
    if !rule.wrong.is_empty() {
        let _ = write!(
            text,
            "\nWrong, on {}:\n\n{}\nRight:\n\n{}",
            rule.machine,
            indented(rule.wrong),
            indented(rule.right)
        );
    }
    let _ = write!(
        text,
        "\nSilenced with `--allow {0}`, with `allow` of `[check]` in the configuration,\n\
         or with a comment in the XML: <!-- virt-topo: allow {0} -->; inside of a device it\n\
         speaks of that device alone.\n",
        rule.code
    );
    text
}

fn capital(rule: &Rule) -> String {
    let mut letters = rule.summary.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        .unwrap_or_default()
}

/// Lines of at most 80 columns.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 80;
    let mut lines = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.len() + 1 + word.len() > WIDTH {
            lines.push_str(&line);
            lines.push('\n');
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines + &line + "\n"
}
