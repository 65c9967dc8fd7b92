//! Help, messages, and hints for unbound keys.

use crate::rows::Mark;
use crate::tui::action::Action;
use crate::tui::app::{App, Level, Mode, PageLine, Pager};
use crate::tui::keymap::{Chord, KeyMode};
use crate::tui::theme::Glyph;
use crate::tui::views::View;

/// Actions with their special meaning in a view.
fn here(view: View) -> &'static [(Action, &'static str)] {
    match view {
        View::Topology => &[
            (Action::Open, "fold or unfold; at a device all about it"),
            (Action::ToggleFold, "fold or unfold; identical ports become one row or many"),
            (Action::Right, "unfold, then to the first device on it"),
            (Action::Left, "fold, then to the parent"),
        ],
        View::Slots => &[
            (Action::Form, "walk over the eight functions of the slot, or over slots again"),
            (Action::Open, "to the occupant in Topology"),
            (Action::Right, "to the next slot, used or free"),
        ],
        View::Drives => &[
            (Action::Form, "controllers as a matrix of units, or as a tree"),
            (Action::Open, "to the drive in Topology"),
            (Action::Right, "to the next unit, used or free"),
        ],
        View::Usb => &[
            (Action::Open, "to the device in Topology"),
            (Action::ToggleFold, "fold or unfold a controller or hub"),
        ],
        View::Problems => &[
            (Action::FixA, "apply the fix with this letter; undo takes it back"),
            (Action::Open, "to the device in Topology"),
            (Action::Severity, "list errors only, errors and warnings, or everything"),
        ],
        View::Changes => &[
            (Action::Discard, "take the change under the cursor back, and no other"),
            (Action::Open, "to the device in Topology"),
        ],
        View::Xml => &[
            (Action::Down, "one line down; the device it belongs to becomes selected"),
            (Action::Right, "eight columns to the right, for long lines"),
            (Action::Open, "to the device in Topology"),
            (Action::NextMatch, "to the next line that contains the filter's text"),
        ],
    }
}

/// Opens the help: all keys of this mode, and the meaning of the signs.
pub(super) fn open(app: &mut App) {
    let mode = app.mode.keys(app.view);
    let mut lines = vec![PageLine::Heading(format!("in {}", app.view.title()))];
    for (action, what) in here(app.view) {
        let keys = app.keys.map.keys(mode, *action);
        let keys: Vec<String> = keys.map(crate::tui::keymap::print_sequence).collect();
        lines.push(PageLine::Entry(keys.join("  "), (*what).to_owned()));
    }
    for (group, rows) in app.keys.map.help(mode) {
        lines.push(PageLine::Text(String::new()));
        lines.push(PageLine::Heading(group.title().to_owned()));
        for (keys, action) in rows {
            lines.push(PageLine::Entry(keys, action.doc().to_owned()));
        }
    }
    lines.push(PageLine::Text(String::new()));
    lines.push(PageLine::Heading("signs".to_owned()));
    for (mark, what) in [
        (Mark::Chipset, "fixed part of the machine"),
        (Mark::Static, "address fixed by a person"),
        (Mark::Dynamic, "address chosen by libvirt or QEMU"),
        (Mark::Free, "free"),
        (Mark::Conflict, "claimed twice, or impossible"),
        (Mark::Leads, "leads to another bus"),
        (Mark::Reserved, "not for devices"),
    ] {
        let sign = mark.glyph(app.appearance.glyphs).to_string();
        lines.push(PageLine::Entry(sign, what.to_owned()));
    }
    let live = [
        Glyph::LiveSame,
        Glyph::LiveMoved,
        Glyph::LiveOnly,
        Glyph::LiveAbsent,
        Glyph::LiveWaiting,
        Glyph::LiveUnknown,
    ];
    let live = live.into_iter().filter(|_| app.live.is_some());
    let signs = [Glyph::Marked, Glyph::Warning, Glyph::FoldOpen, Glyph::FoldClosed];
    for glyph in signs.into_iter().chain(live) {
        let sign = app.appearance.glyph(glyph).to_owned();
        lines.push(PageLine::Entry(sign, glyph.doc().to_owned()));
    }
    lines.push(PageLine::Text(String::new()));
    lines.push(PageLine::Heading("counts".to_owned()));
    let text = "alt with a digit begins a count: alt-1 2 j goes twelve rows down.";
    lines.push(PageLine::Text(text.to_owned()));
    app.mode = Mode::Read(Pager::new("help", lines));
}

/// Opens all messages, the latest first.
pub(super) fn open_messages(app: &mut App) {
    let word = |level| match level {
        Level::Info => "",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    let mut lines: Vec<PageLine> = app
        .status
        .all()
        .map(|(level, text)| PageLine::Entry(word(level).to_owned(), text.to_owned()))
        .collect();
    lines.reverse();
    if lines.is_empty() {
        lines.push(PageLine::Text("nothing yet".to_owned()));
    }
    app.mode = Mode::Read(Pager::new("messages, latest first", lines));
}

/// Reports an unbound key with a hint.
pub(super) fn unbound(app: &mut App, mode: KeyMode, chord: Chord) {
    let help = app.keys.map.key(mode, Action::Help);
    let text = match help {
        Some(help) => format!("{chord} does nothing here; {help} shows all keys"),
        None => format!("{chord} does nothing here"),
    };
    app.status.say(Level::Info, text);
}
