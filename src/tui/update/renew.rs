//! Updates the selection and the cursor of the changes after a change of the text.

use super::fold;
use crate::rows::Target;
use crate::tui::app::App;
use crate::tui::views::View;

/// Keeps the selection and the cursor of the changes, after the text changed.
pub(super) fn renew(app: &mut App) {
    keep_selection(app);
    app.cursors.change = match app.view {
        View::Changes => app.cursors.change.min(app.changes().len().saturating_sub(1)),
        _ => 0,
    };
    if let Some(Target::Device(_)) = app.selected() {
        fold::reveal(app);
    }
}

/// A selection that is gone falls back to the first row.
pub(super) fn keep_selection(app: &mut App) {
    let is_there = |target: Target| !app.way(target).is_empty();
    if !app.selected().is_some_and(is_there)
        && let Some(first) = app.device_tree().rows.first().map(|row| row.target)
    {
        app.selection.walk(first);
    }
    fold::reveal(app);
}

/// Does something to the running guest. A selected live device that is gone by that leaves the
/// selection to what it was on.
pub(super) fn keeping_selection<R>(app: &mut App, change: impl FnOnce(&mut App) -> R) -> R {
    let selected = app.selected();
    let before = selected.map(|target| app.way(target)).unwrap_or_default();
    let result = change(app);
    if selected.is_some_and(|target| app.way(target).is_empty()) {
        let mut left = before.iter().rev().map(|step| step.target);
        let there = left.find(|target| !app.way(*target).is_empty());
        let first = app.device_tree().rows.first().map(|row| row.target);
        if let Some(target) = there.or(first) {
            app.selection.walk(target);
        }
    }
    result
}
