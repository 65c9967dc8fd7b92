//! `demo`: the embedded demo domains.

use std::ffi::OsString;
use std::fmt::Write as _;

use clap::Args;

use super::options::OutputOptions;
use super::screen::{self, ScreenArgs, Wanted};
use super::{Outcome, output};
use crate::sources::{Source, demos};
use crate::text::pad;

/// `demo`
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Name of the demo; without it, a list to choose from
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// List the demos
    #[arg(long, conflicts_with_all = ["name", "xml"])]
    pub list: bool,
    /// Print its XML
    #[arg(long, requires = "name")]
    pub xml: bool,
    /// The screen's own arguments.
    #[command(flatten)]
    pub screen: ScreenArgs,
}

/// Runs the command.
pub(super) fn run(args: &DemoArgs, options: &OutputOptions) -> color_eyre::Result<Outcome> {
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
    screen::run(&wanted, &args.screen, options)
}

/// All demo domains with their purposes.
fn list() -> String {
    let width = demos().iter().map(|demo| demo.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for demo in demos() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}  {}", pad(demo.name, width), demo.about());
    }
    text
}
