//! `show`: print a guest's topology.

use std::ffi::{OsStr, OsString};

use clap::Args;

use super::options::{ColorChoice, Format, OutputOptions, Size, View};
use super::{Outcome, input, output, start};
use crate::check::Allowed;
use crate::edit::{Checked, Revision};
use crate::report::{self, Excerpts, Style};
use crate::rows::{self, Folds, GlyphSet, GuestNames, headroom};
use crate::sources::Source;
use crate::tui::export::svg;
use crate::tui::script::{Headless, parse_keys};
use crate::xml::masked;

/// `show`
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Domain XML: a file, '-' for standard input, or demo:NAME
    #[arg(value_name = "FILE")]
    pub file: OsString,
    /// View to print
    #[arg(long, value_enum, default_value_t)]
    pub view: View,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Show each place and each device in a row of its own
    #[arg(long)]
    pub all: bool,
    /// With --format svg: columns and rows
    #[arg(long, value_name = "COLSxROWS", default_value = "100x30")]
    pub size: Size,
    /// With --format svg: press these keys first
    #[arg(long, value_name = "KEYS", allow_hyphen_values = true)]
    pub keys: Option<String>,
}

impl ShowArgs {
    /// One view of `file` as text.
    pub(super) fn text(file: &OsStr, view: View) -> Self {
        Self {
            file: file.to_owned(),
            view,
            format: Format::Text,
            all: false,
            size: Size::default(),
            keys: None,
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &ShowArgs, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    if args.format == Format::Svg {
        match picture(args, options) {
            Ok(screen) => output::print(&svg(&screen.picture()))?,
            Err(message) => return Ok(output::fail(&message)),
        }
        return Ok(Outcome::Fine);
    }
    let opened = match input::open(&args.file, options) {
        Ok(opened) => opened,
        Err(message) => return Ok(output::fail(&message)),
    };
    let revision = &opened.revision;
    let guest = revision.guest();
    let names = || GuestNames::of(guest);
    let folds = Folds { all: args.all, ..Folds::default() };
    let style = output::style(options);
    let text = match (args.format, args.view) {
        (Format::Json, _) => {
            report::json(guest, &opened.name, &revision.problems, revision.document.lines())?
        }
        (Format::Lspci, _) => report::lspci(guest),
        (Format::Md, _) => report::markdown(guest, &rows::topology(guest, &names(), &folds)),
        (Format::Text, View::Topology) => {
            let rows = rows::topology(guest, &names(), &folds);
            let tree = report::tree(&rows, style);
            let summary = report::summary(guest, &rows, &headroom(guest), style);
            format!("{}{tree}{summary}", report::heading(&revision.domain, &opened.name, style))
        }
        (Format::Text, View::Slots) => report::slots(guest, &rows::slots(guest), style),
        (Format::Text, View::Drives) => report::drives(&rows::drives(guest), style),
        (Format::Text, View::Usb) => match rows::usb(guest, &names(), &folds).as_slice() {
            [] => "no USB controllers\n".to_owned(),
            rows => report::tree(rows, style),
        },
        (Format::Text, View::Problems) => problems(revision, &opened.name, style),
        // A guest that was just read.
        (Format::Text, View::Changes) => "nothing was changed\n".to_owned(),
        (Format::Text, View::Xml) => masked(revision.document.text()).into_owned(),
        (Format::Svg, _) => String::new(),
    };
    output::print_styled(&text, style)?;
    Ok(Outcome::Fine)
}

/// The problems in the form of `check`.
fn problems(revision: &Revision, name: &str, style: Style) -> String {
    let mut checked = Checked::of(revision, &Allowed::default());
    checked.until_defined();
    checked.try_fixes(revision);
    if checked.problems.is_empty() {
        return "nothing is wrong\n".to_owned();
    }
    let excerpts = Excerpts::new(name, (&revision.assignment.domain, &revision.document), style);
    checked.problems.iter().map(|problem| excerpts.of(problem)).collect()
}

/// The screen of a guest as it would be drawn, after these keys.
fn picture(args: &ShowArgs, options: &OutputOptions) -> Result<Headless, String> {
    let keys = parse_keys(args.keys.as_deref().unwrap_or_default())
        .map_err(|error| format!("--keys: {error}"))?;
    // A picture is made for a browser, whatever this terminal can show.
    let mut options = options.clone();
    if options.color == ColorChoice::Auto {
        options.color = ColorChoice::Truecolor;
    }
    let mut app = start::app(Source::from_argument(&args.file), Some(args.view), &options)?;
    if !options.ascii {
        app.appearance.glyphs = GlyphSet::Unicode;
    }
    let Size { width, height } = args.size;
    let mut headless = Headless::new(app, width, height);
    headless.press(&keys);
    Ok(headless)
}
