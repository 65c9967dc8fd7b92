//! Guests as text for people and machines: trees, tables, JSON, Markdown.

mod assigned;
mod change;
mod complaint;
mod detected;
mod differences;
mod drives;
mod excerpt;
mod free;
mod hotplug;
mod json;
mod libvirt;
mod lspci;
mod markdown;
mod problems;
mod sarif;
mod slots;
mod style;
mod tree;

pub use assigned::{assignment_json, explanation};
pub use change::{change, change_json, unified};
pub use complaint::complaint;
pub use detected::{detected, detected_json, summary as detected_summary};
pub use differences::{differences, differences_json};
pub use drives::drives;
pub use excerpt::Excerpts;
pub use free::{free, free_json};
pub use hotplug::{Hotplug, Hotplugged, hotplug_json};
pub use json::json;
pub use libvirt::{AnsweredBy, answered_by, forecast, libvirt_lines};
pub use lspci::lspci;
pub use markdown::markdown;
pub use problems::{FileReport, ProblemReport, Summary, check_json, problem_reports};
pub use sarif::Sarif;
pub use slots::slots;
pub use style::Style;
pub use tree::{heading, summary, tree};
