//! `show`: print a guest's topology.

use super::args::{Format, Look, ShowArgs, View};
use super::{Outcome, input, output};
use crate::report;
use crate::rows::{self, Folds, headroom};

/// Runs it.
pub(super) fn run(args: &ShowArgs, look: Look) -> color_eyre::Result<Outcome> {
    let opened = match input::open(&args.file) {
        Ok(opened) => opened,
        Err(message) => return Ok(output::fail(&message)),
    };
    let revision = &opened.revision;
    let guest = revision.guest();
    let folds = Folds { all: args.all, ..Folds::default() };
    let style = output::style(look);
    let text = match (args.format, args.view) {
        (Format::Json, _) => {
            report::json(guest, &opened.name, &revision.problems, revision.document.lines())?
        }
        (Format::Lspci, _) => report::lspci(guest),
        (Format::Md, _) => report::markdown(guest, &rows::topology(guest, &folds)),
        (Format::Text, View::Topology) => {
            let rows = rows::topology(guest, &folds);
            let tree = report::tree(&rows, style);
            let summary = report::summary(guest, &rows, &headroom(guest), style);
            format!("{}{tree}{summary}", report::heading(&revision.domain, &opened.name, style))
        }
        (Format::Text, View::Slots) => report::slots(guest, &rows::slots(guest), style),
        (Format::Text, View::Drives) => report::drives(&rows::drives(guest), style),
        (Format::Text, View::Usb) => match rows::usb(guest, &folds).as_slice() {
            [] => "no USB controllers\n".to_owned(),
            rows => report::tree(rows, style),
        },
    };
    output::print(&text)?;
    Ok(Outcome::Fine)
}
