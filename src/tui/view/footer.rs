//! The last two lines: messages and key hints.

use ratatui::layout::{Position, Rect};
use tui_input::Input;

use super::canvas::Canvas;
use super::columns::columns;
use crate::live::Enumeration;
use crate::tui::action::Action;
use crate::tui::app::{App, Level, Mode};
use crate::tui::keymap::Hint;
use crate::tui::layout::WIDE;
use crate::tui::theme::Role;
use crate::tui::views::View;

/// Draws the field of the filter, the last message, or the free places; at the right the pending
/// keys and the number of drawn devices.
pub(super) fn status(canvas: &mut Canvas<'_>, app: &App, area: Rect) -> Option<Position> {
    canvas.fill(area, Role::Status);
    let (drawn, all) = app.counts();
    let drawn = match drawn {
        drawn if drawn == all => format!("{all} devices"),
        drawn if area.width >= WIDE => format!("{drawn} of {all} devices shown"),
        drawn => format!("{drawn} of {all}"),
    };
    let pending = app.keys.pending.shown();
    let right = columns(&drawn) + 1 + if pending.is_empty() { 0 } else { columns(&pending) + 2 };
    let room = area.width.saturating_sub(right + 2);
    let mut line = canvas.line(area, Role::Status);
    line.skip(1);
    let asked = match &app.mode {
        Mode::Filter(input, _) => Some(("filter", input)),
        Mode::Path(input) => Some(("save as", input)),
        Mode::Ask(ask) => Some((ask.label.as_str(), &ask.input)),
        _ => None,
    };
    if let Some((label, input)) = asked {
        line.put(label, Role::Key).skip(1);
        let x = line.x();
        return Some(field(
            canvas,
            Rect { x, width: area.right().saturating_sub(x), ..area },
            input,
        ));
    }
    if let Some((level, text)) = app.status.current() {
        line.cell(text, message(level), room);
    } else if let Some(progress) = firmware(app)
        && app.filter.is_empty()
    {
        line.cell(&progress, Role::LiveUnknown, room);
    } else if app.unknown().is_some() {
        return None;
    } else if app.filter.is_empty() {
        line.cell(&rooms(app, room), Role::Dim, room);
    } else {
        let rows = app.tree().unwrap_or_else(|| app.device_tree()).rows.len();
        let text = format!("filter \"{}\"  {rows} rows  Esc shows all", *app.filter);
        line.cell(&text, Role::Pending, room);
    }
    line.go_right(right);
    if !pending.is_empty() {
        line.put(&pending, Role::Key).skip(2);
    }
    line.put(&drawn, Role::Dim);
    None
}

/// The role of a message.
fn message(level: Level) -> Role {
    match level {
        Level::Info => Role::Status,
        Level::Warning => Role::ProblemWarning,
        Level::Error => Role::ProblemError,
    }
}

/// A text field over the whole of `area`; where its cursor is.
pub(super) fn field(canvas: &mut Canvas<'_>, area: Rect, input: &Input) -> Position {
    canvas.fill(area, Role::Input);
    let width = usize::from(area.width.saturating_sub(1)).max(1);
    let scroll = input.visual_scroll(width);
    let mut skipped = 0;
    let shown: String = input
        .value()
        .chars()
        .skip_while(|letter| {
            let is_hidden = skipped < scroll;
            skipped += usize::from(columns(letter.encode_utf8(&mut [0; 4])));
            is_hidden
        })
        .collect();
    canvas.line(area, Role::Input).put(&shown, Role::Input);
    let at = u16::try_from(input.visual_cursor().saturating_sub(scroll)).unwrap_or_default();
    Position::new(area.x + at.min(area.width.saturating_sub(1)), area.y)
}

/// The free places by kind, as many kinds as fit.
fn rooms(app: &App, room: u16) -> String {
    let mut text = String::new();
    for kind in app.headroom() {
        let start = if text.is_empty() { "free: " } else { "  " };
        let next = format!("{start}{} {}", kind.label(), kind.free);
        if columns(&text) + columns(&next) > room {
            break;
        }
        text.push_str(&next);
    }
    text
}

/// The hints that fit: others are left out completely, the least useful first.
fn fitting(app: &App, width: u16) -> Vec<Hint> {
    let mut hints = app.keys.map.footer(app.mode.keys(app.view));
    hints.retain(|hint| makes_sense(app, hint.action));
    for hint in hints.iter_mut().filter(|hint| hint.action == Action::Form) {
        hint.label = match (app.view, app.variants.functions, app.variants.drive_tree) {
            (View::Slots, false, _) => "functions",
            (View::Slots, true, _) => "slots",
            (_, _, false) => "tree",
            (_, _, true) => "matrix",
        };
    }
    while hints.iter().map(hint_width).sum::<u16>() > width + 1 {
        let least = hints.iter().enumerate().max_by_key(|(_, hint)| hint.rank).map(|(nth, _)| nth);
        let Some(least) = least else { break };
        hints.remove(least);
    }
    hints
}

/// Whether an action has an effect in this view.
fn makes_sense(app: &App, action: Action) -> bool {
    match action {
        Action::ToggleFold => app.tree().is_some(),
        Action::FixA => !app.offers().is_empty(),
        Action::Save if matches!(app.mode, Mode::Browse) => app.session.is_changed(),
        Action::Down => !matches!(app.mode, Mode::Path(_)),
        Action::SaveAnyway => app.problems().errors > 0,
        Action::Undo => !app.session.steps().is_empty(),
        Action::Form => matches!(app.view, View::Slots | View::Drives),
        Action::Plug | Action::Unplug => app.live.as_ref().is_some_and(|live| live.is_up()),
        _ => true,
    }
}

fn hint_width(hint: &Hint) -> u16 {
    columns(&hint.key) + 1 + columns(hint.label) + 2
}

/// The most useful keys.
pub(super) fn hints(canvas: &mut Canvas<'_>, app: &App, area: Rect) {
    canvas.fill(area, Role::Status);
    let mut line = canvas.line(area, Role::Status);
    line.skip(1);
    if let (Mode::Ask(_), Some((level, text))) = (&app.mode, app.status.current()) {
        // The field is in the place of messages.
        line.put(text, message(level));
        return;
    }
    for hint in fitting(app, area.width.saturating_sub(1)) {
        line.put(&hint.key, Role::Key).skip(1).put(hint.label, Role::KeyHint).skip(2);
    }
}

/// The action of the hint in this column.
pub fn hint_at(app: &App, area: Rect, column: u16) -> Option<Action> {
    let mut end = area.x + 1;
    fitting(app, area.width.saturating_sub(1)).into_iter().find_map(|hint| {
        let start = end;
        end += hint_width(&hint);
        (start..end - 2).contains(&column).then_some(hint.action)
    })
}

/// The progress of the guest's firmware, while it has not numbered all buses.
fn firmware(app: &App) -> Option<String> {
    let progress = &app.running()?.matching.enumeration;
    (*progress != Enumeration::Counted).then(|| progress.to_string())
}
