//! Clicks and the wheel.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::go::go;
use super::view_switch::show;
use super::{fold, moving, problems, route, scroll, theme, walk};
use crate::rows::Target;
use crate::tui::action::Action;
use crate::tui::app::{App, Mode};
use crate::tui::effect::Effect;
use crate::tui::grid::{DriveGrid, SlotAreas, SlotGrid};
use crate::tui::keymap::Count;
use crate::tui::view::{self, fold_column, hint_at, pick_line_at, tab_at};
use crate::tui::views::View;

/// The number of rows per notch of the wheel.
const NOTCH: usize = 3;

/// Handles a mouse event.
pub(super) fn mouse(app: &mut App, event: MouseEvent) -> Vec<Effect> {
    let at = Position::new(event.column, event.row);
    match event.kind {
        MouseEventKind::ScrollUp => wheel(app, Action::Up),
        MouseEventKind::ScrollDown => wheel(app, Action::Down),
        MouseEventKind::Down(MouseButton::Left) => return click(app, at),
        _ => {}
    }
    Vec::new()
}

fn wheel(app: &mut App, action: Action) {
    for _ in 0..NOTCH {
        match &mut app.mode {
            Mode::Browse | Mode::Filter(..) => walk::walk(app, action, Count::default()),
            Mode::Move(_) => {
                moving::action(app, action, Count::default());
            }
            Mode::Read(_) | Mode::Review(_) => {
                scroll::page_action(app, action, Count::default());
            }
            Mode::Pick(picker) => {
                picker.step(if action == Action::Up { -1 } else { 1 });
                theme::preview(app);
            }
            // A question about the guest is answered with care.
            Mode::Live(_) | Mode::Ask(_) | Mode::Path(_) => {}
        }
    }
}

fn click(app: &mut App, at: Position) -> Vec<Effect> {
    let footer = app.layout().footer;
    if matches!(app.mode, Mode::Review(_))
        && footer.contains(at)
        && let Some(action) = hint_at(app, footer, at.x)
    {
        return route::act(app, action, Count::default());
    }
    match &mut app.mode {
        Mode::Pick(picker) => {
            let Some(line) = pick_line_at(app.size, picker, at) else {
                // Outside of the list is out of it.
                return route::act(app, Action::Cancel, Count::default());
            };
            picker.cursor = line;
            route::act(app, Action::Open, Count::default())
        }
        Mode::Read(_) | Mode::Filter(..) | Mode::Path(_) | Mode::Review(_) | Mode::Ask(_) => {
            app.mode = Mode::Browse;
            app.saving.then_leave = false;
            Vec::new()
        }
        Mode::Browse | Mode::Move(_) => click_view(app, at),
        Mode::Live(_) => Vec::new(),
    }
}

fn click_view(app: &mut App, at: Position) -> Vec<Effect> {
    let layout = app.layout();
    if layout.tabs.contains(at) {
        if let Some(view) = tab_at(app, at.x) {
            show(app, view);
        }
        return Vec::new();
    }
    if layout.footer.contains(at) {
        let action = hint_at(app, layout.footer, at.x);
        return action.map(|action| route::act(app, action, Count::default())).unwrap_or_default();
    }
    if !layout.main.contains(at) {
        return Vec::new();
    }
    let (x, y) = (at.x - layout.main.x, usize::from(at.y - layout.main.y));
    if app.tree().is_some() {
        click_row(app, x, y);
        return Vec::new();
    }
    let guest = app.guest();
    let target = match app.view {
        View::Slots => slot_at(app, at, x),
        View::Drives => {
            let grid = DriveGrid::of(&app.matrix().rows, layout.main.width);
            let hit = grid.hit(y + app.scroll.of(View::Drives), x);
            hit.and_then(|(row, cell)| app.matrix().target(guest, row, cell))
        }
        _ => None,
    };
    if let (Mode::Move(_), Some(target)) = (&app.mode, target) {
        if app.shown() == Some(target) {
            return route::act(app, Action::Open, Count::default());
        }
        moving::point(app, target);
    } else if let Some(target) = target {
        if app.selected() == Some(target) {
            return route::act(app, Action::Open, Count::default());
        }
        go(app, target, true);
    } else if app.view == View::Problems {
        let lines = view::problems::ProblemLines::of(app, layout.main.width);
        if let Some(nth) = lines.head_at(y + app.scroll.of(View::Problems)) {
            problems::select(app, nth);
        }
    } else if app.view == View::Changes {
        let last = app.changes().len().saturating_sub(1);
        app.cursors.change = (y + app.scroll.of(View::Changes)).min(last);
    } else if app.view == View::Xml {
        let line = u32::try_from(y + app.scroll.of(View::Xml) + 1).unwrap_or(u32::MAX);
        app.scroll.line = line.min(app.session.revision().document.lines().count());
        walk::select_line(app, true);
    }
    Vec::new()
}

/// The target of the slot at a position, `x` columns into the view.
fn slot_at(app: &App, at: Position, x: u16) -> Option<Target> {
    let (layout, view) = (app.layout(), app.slots());
    let grid = SlotGrid::of(view, layout.main.width);
    let body = SlotAreas::of(layout.main, grid.lines.len()).body;
    let line = at.y.checked_sub(body.y).filter(|_| body.contains(at))?;
    let line = usize::from(line) + app.scroll.of(View::Slots);
    grid.hit(line, x)?.target(app.guest(), view)
}

/// Selects a row; on its fold sign, or when it was selected already, folds it.
fn click_row(app: &mut App, x: u16, y: usize) {
    let Some(tree) = app.tree() else { return };
    let nth = y + app.scroll.of(app.view);
    let Some(row) = tree.rows.get(nth) else { return };
    let (target, column) = (row.target, fold_column(row, tree.widths, app.layout().main.width));
    if matches!(app.mode, Mode::Move(_)) {
        return moving::point(app, target);
    }
    let was_selected = app.selected() == Some(target);
    go(app, target, true);
    if was_selected || x == column {
        fold::toggle(app);
    }
}
