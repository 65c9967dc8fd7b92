//! `demo`: the embedded demo domains.

use std::fmt::Write as _;

use super::args::{DemoArgs, Look};
use super::{Outcome, output};
use crate::sources::{Source, demos};

/// Runs it.
pub(super) fn run(args: &DemoArgs, _look: Look) -> color_eyre::Result<Outcome> {
    let text = match &args.name {
        Some(name) => match Source::Demo(name.clone()).read() {
            Ok(read) => read.text,
            Err(error) => return Ok(output::fail(&error.to_string())),
        },
        None => {
            let width = demos().iter().map(|demo| demo.name.len()).max().unwrap_or_default();
            let mut text = String::new();
            for demo in demos() {
                // Writing to a String cannot fail.
                let _ = writeln!(text, "{:width$}  {}", demo.name, demo.about());
            }
            text
        }
    };
    output::print(&text)?;
    Ok(Outcome::Fine)
}
