//! `demo`: the embedded demo domains.

use std::ffi::OsString;
use std::fmt::Write as _;

use super::args::{DemoArgs, Look};
use super::screen::{self, Wanted};
use super::{Outcome, output};
use crate::sources::{Source, demos};
use crate::text::pad;

/// Runs it.
pub(super) fn run(args: &DemoArgs, look: &Look) -> color_eyre::Result<Outcome> {
    let first = demos().first().map_or("plain", |demo| demo.name);
    let name = args.name.as_deref().unwrap_or(first);
    if args.list {
        output::print(&list())?;
        return Ok(Outcome::Fine);
    }
    if args.xml {
        match Source::Demo(name.to_owned()).read() {
            Ok(read) => output::print(&read.text)?,
            Err(error) => return Ok(output::fail(&error.to_string())),
        }
        return Ok(Outcome::Fine);
    }
    let file = OsString::from(format!("demo:{name}"));
    let wanted = Wanted { file: Some(&file), live: None, picks_demo: args.name.is_none() };
    screen::run(&wanted, &args.screen, look)
}

/// Every demo domain and what it shows.
fn list() -> String {
    let width = demos().iter().map(|demo| demo.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for demo in demos() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}  {}", pad(demo.name, width), demo.about());
    }
    text
}
