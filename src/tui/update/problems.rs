//! Moving through the list of problems.

use super::go::lines;
use crate::model::Severity;
use crate::rows::Target;
use crate::tui::action::Action;
use crate::tui::app::{App, Level};
use crate::tui::keymap::Count;

/// Looks at another problem; the device it is about becomes selected.
pub(super) fn walk(app: &mut App, action: Action, count: Count) {
    let last = app.problems().count(app.cursors.least).saturating_sub(1);
    let there = match (action, lines(action, count, app.layout().main.height)) {
        (Action::Home, _) => 0,
        (Action::End, _) => last,
        (_, Some(by)) => app.cursors.problem.saturating_add_signed(by).min(last),
        _ => return,
    };
    select(app, there);
}

/// Looks at the problem with this number.
pub(super) fn select(app: &mut App, nth: usize) {
    app.cursors.problem = nth;
    let device = app.problems().problems.get(nth).and_then(|problem| problem.devices.first());
    if let Some(key) = device {
        app.selection.walk(Target::Device(*key));
    }
}

/// Keeps the cursor on a problem of the list; fewer may be left than there were.
pub(super) fn keep_cursor(app: &mut App) {
    let last = app.problems().count(app.cursors.least).saturating_sub(1);
    app.cursors.problem = app.cursors.problem.min(last);
}

/// Looks at the first problem of the selected device, where it has one; else the selection follows.
pub(super) fn of_selection(app: &mut App) {
    keep_cursor(app);
    let problems = app.problems();
    let shown = problems.problems.iter().take(problems.count(app.cursors.least));
    let here = match app.selected() {
        Some(Target::Device(key) | Target::Siblings(key)) => {
            shown.clone().position(|problem| problem.devices.contains(&key))
        }
        _ => None,
    };
    let nth = here.unwrap_or(app.cursors.problem);
    if here.is_some() {
        app.cursors.problem = nth;
    } else {
        select(app, nth);
    }
}

/// Errors only, errors and warnings, everything.
pub(super) fn next_severity(app: &mut App) {
    app.cursors.least = match app.cursors.least {
        Severity::Note => Severity::Error,
        Severity::Error => Severity::Warning,
        Severity::Warning => Severity::Note,
    };
    let text = match app.cursors.least {
        Severity::Error => "errors only",
        Severity::Warning => "errors and warnings",
        Severity::Note => "errors, warnings and notes",
    };
    app.status.say(Level::Info, text);
    let last = app.problems().count(app.cursors.least).saturating_sub(1);
    select(app, app.cursors.problem.min(last));
}
