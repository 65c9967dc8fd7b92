//! Updates the selection and the cursor of the changes after a change of the text.

use super::fold;
use crate::rows::Target;
use crate::tui::app::App;

/// Everything that follows from the text, after it changed.
pub(super) fn renew(app: &mut App) {
    app.renew();
    keep_selection(app);
    let last = app.pictures.changes.lines().len().saturating_sub(1);
    app.cursors.change = app.cursors.change.min(last);
    if let Some(Target::Device(_)) = app.selected() {
        fold::reveal(app);
    }
}

/// A selection that is gone falls back to the first row.
pub(super) fn keep_selection(app: &mut App) {
    let is_there = |target: Target| !app.way(target).is_empty();
    if !app.selected().is_some_and(is_there)
        && let Some(first) = app.pictures.tree.rows.first()
    {
        app.selection.walk(first.target);
    }
    fold::reveal(app);
}
