//! `show`: print a guest's topology.

use std::ffi::OsStr;

use super::args::{Format, Look, ShowArgs, Size, View};
use super::{Outcome, input, output, screen};
use crate::check::Allowed;
use crate::edit::{Checked, Revision};
use crate::report::{self, Excerpts, Style};
use crate::rows::{self, Folds, GuestNames, headroom};
use crate::tui::export::svg;

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

/// Runs it.
pub(super) fn run(args: &ShowArgs, look: &Look) -> color_eyre::Result<Outcome> {
    if args.format == Format::Svg {
        match screen::picture(args, look) {
            Ok(screen) => output::print(&svg(&screen.picture()))?,
            Err(message) => return Ok(output::fail(&message)),
        }
        return Ok(Outcome::Fine);
    }
    let opened = match input::open(&args.file, look) {
        Ok(opened) => opened,
        Err(message) => return Ok(output::fail(&message)),
    };
    let revision = &opened.revision;
    let guest = revision.guest();
    let names = || GuestNames::of(guest);
    let folds = Folds { all: args.all, ..Folds::default() };
    let style = output::style(look);
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
        (Format::Text, View::Xml) => revision.document.text().to_string(),
        (Format::Svg, _) => String::new(),
    };
    output::print_styled(&text, style)?;
    Ok(Outcome::Fine)
}

/// What is wrong, as `check` tells it.
fn problems(revision: &Revision, name: &str, style: Style) -> String {
    let mut checked = Checked::of(revision, &Allowed::default());
    checked.until_defined();
    checked.try_fixes(revision);
    if checked.problems.is_empty() {
        return "nothing is wrong\n".to_owned();
    }
    let lines = revision.document.lines();
    let excerpts = Excerpts::new(name, (&revision.assignment.domain, lines), style);
    checked.problems.iter().map(|problem| excerpts.of(problem)).collect()
}
