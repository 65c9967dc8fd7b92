//! Keeps the selection visible, and pages through texts.

use ratatui::layout::Rect;

use super::copy;
use crate::tui::action::Action;
use crate::tui::app::{App, Mode, follow};
use crate::tui::effect::Effect;
use crate::tui::grid::{DriveGrid, SlotAreas, SlotGrid};
use crate::tui::keymap::Count;
use crate::tui::view::{pager_extent, problems};
use crate::tui::views::View;

/// Scrolls the view so that its selected line is seen, and the text that is read within its ends.
pub fn settle(app: &mut App) {
    let area = app.layout().main;
    let (row, rows, height) = selected_line(app, area);
    let offset = app.scroll.of_mut(app.view);
    *offset = follow(*offset, row.unwrap_or(*offset), usize::from(height), rows);
    let size = app.size;
    if let Some(pager) = app.mode.pager_mut() {
        let (seen, all) = pager_extent(size, pager);
        pager.offset = pager.offset.min(all.saturating_sub(seen));
    }
}

/// The line of the selection, how many lines there are, and how many are seen.
fn selected_line(app: &App, area: Rect) -> (Option<usize>, usize, u16) {
    let guest = app.guest();
    let target = app.shown();
    if let Some(tree) = app.tree() {
        let row = target.and_then(|target| tree.row_of(guest, target));
        return (row, tree.rows.len(), area.height);
    }
    match app.view {
        View::Slots => {
            let view = app.slots();
            let grid = SlotGrid::of(view, area.width);
            let cursor = app.shown();
            let cursor = cursor.and_then(|target| app.slot_of(target));
            let line = cursor.and_then(|cursor| grid.at(cursor)).map(|(line, _)| line);
            (line, grid.lines.len(), SlotAreas::of(area, grid.lines.len()).body.height)
        }
        View::Drives => {
            let matrix = app.matrix();
            let grid = DriveGrid::of(&matrix.rows, area.width);
            let cell = app.shown_unit();
            let line = cell.and_then(|(row, cell)| grid.at(row, cell)).map(|(line, _)| line);
            (line, grid.lines.len(), area.height)
        }
        View::Problems => {
            let lines = problems::ProblemLines::of(app, area.width);
            (Some(lines.cursor(usize::from(area.height))), lines.count(), area.height)
        }
        View::Changes => (Some(app.cursors.change), app.changes().len(), area.height),
        View::Topology | View::Usb | View::Xml => {
            let count = app.session.revision().document.lines().count();
            let line = app.scroll.line.clamp(1, count) - 1;
            (Some(line as usize), count as usize, area.height)
        }
    }
}

/// Executes an action in a text.
pub(super) fn page_action(app: &mut App, action: Action, count: Count) -> Vec<Effect> {
    if action == Action::CopyLog {
        return copy::log(app);
    }
    let size = app.size;
    let Some(pager) = app.mode.pager_mut() else { return Vec::new() };
    let page = pager_extent(size, pager).0.saturating_sub(1).max(1);
    let times = count.times();
    pager.offset = match action {
        Action::Up => pager.offset.saturating_sub(times),
        Action::Down => pager.offset.saturating_add(times),
        Action::PageUp => pager.offset.saturating_sub(page * times),
        Action::PageDown => pager.offset.saturating_add(page * times),
        Action::HalfPageUp => pager.offset.saturating_sub(page / 2 * times),
        Action::HalfPageDown => pager.offset.saturating_add(page / 2 * times),
        Action::Home => 0,
        Action::End => usize::MAX,
        _ => {
            app.mode = Mode::Browse;
            app.saving.then_leave = false;
            return Vec::new();
        }
    };
    Vec::new()
}
