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
            (Action::Open, "fold or unfold; on a device, show its details"),
            (Action::ToggleFold, "fold or unfold; groups identical ports into one row"),
            (Action::Right, "unfold, or go to its first device"),
            (Action::Left, "fold, or go to the parent"),
        ],
        View::Slots => &[
            (Action::Form, "move over the eight functions of the slot, or over slots again"),
            (Action::Open, "show its device in Topology"),
            (Action::Right, "to the next slot, used or free"),
        ],
        View::Drives => &[
            (Action::Form, "controllers as a matrix of units, or as a tree"),
            (Action::Open, "show the drive in Topology"),
            (Action::Right, "to the next unit, used or free"),
        ],
        View::Usb => &[
            (Action::Open, "show the device in Topology"),
            (Action::ToggleFold, "fold or unfold a controller or hub"),
        ],
        View::Problems => &[
            (Action::FixA, "apply the fix with this letter; `u` undoes it"),
            (Action::Open, "show the device in Topology"),
            (Action::Severity, "show errors only, errors and warnings, or everything"),
        ],
        View::Changes => &[
            (Action::Discard, "discard the change under the cursor only"),
            (Action::Open, "show the device in Topology"),
        ],
        View::Xml => &[
            (Action::Down, "one line down; selects the device of that line"),
            (Action::Right, "eight columns to the right, for long lines"),
            (Action::Open, "show the device in Topology"),
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
        (Mark::Chipset, "built into the machine"),
        (Mark::Static, "fixed address, written in the XML"),
        (Mark::Dynamic, "automatic address, chosen by libvirt or QEMU"),
        (Mark::Free, "free"),
        (Mark::Conflict, "conflict: two devices, or an impossible place"),
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
    let text = "Alt with a digit starts a count: alt-1 2 j moves down twelve rows.";
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
    app.mode = Mode::Read(Pager::new("messages, newest first", lines));
}

/// Reports an unbound key with a hint.
pub(super) fn unbound(app: &mut App, mode: KeyMode, chord: Chord) {
    let help = app.keys.map.key(mode, Action::Help);
    let text = match help {
        Some(help) => format!("{chord} has no function here; {help} shows all keys"),
        None => format!("{chord} has no function here"),
    };
    app.status.say(Level::Info, text);
}
