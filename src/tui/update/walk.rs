//! Walking: from row to row, from cell to cell, from line to line; one selection for all views.

use crate::model::Device;
use crate::rows::{Target, functions};
use crate::topology::Place;
use crate::tui::action::Action;
use crate::tui::app::{App, Level, function_target};
use crate::tui::grid::{DriveGrid, GridStep, SlotAreas, SlotGrid};
use crate::tui::keymap::Count;
use crate::tui::update::go::{go, line_of_selection, lines};
use crate::tui::update::{fold, problems};
use crate::tui::views::View;

/// Moves the selection by an action.
pub(super) fn walk(app: &mut App, action: Action, count: Count) {
    match app.view {
        View::Slots if app.variants.functions => in_functions(app, action, count),
        View::Slots => in_slots(app, action, count),
        View::Drives if !app.variants.drive_tree => in_matrix(app, action, count),
        View::Topology | View::Drives | View::Usb => in_tree(app, action, count),
        View::Problems => problems::walk(app, action, count),
        View::Changes => in_changes(app, action, count),
        View::Xml => in_xml(app, action, count),
    }
}

fn in_tree(app: &mut App, action: Action, count: Count) {
    let height = app.layout().main.height;
    match action {
        Action::Left => return fold::left(app),
        Action::Right => return fold::right(app),
        _ => {}
    }
    let Some(tree) = app.tree() else { return };
    let here = app.selected().and_then(|target| tree.row_of(app.guest(), target));
    let last = tree.rows.len().saturating_sub(1);
    let there = match (action, count.typed()) {
        // `12 G` goes to the twelfth row, as in vi.
        (Action::Home | Action::End, Some(row)) => (row as usize).saturating_sub(1).min(last),
        (Action::Home, None) => 0,
        (Action::End, None) => last,
        _ => match (here, lines(action, count, height)) {
            (Some(here), Some(by)) => here.saturating_add_signed(by).min(last),
            (None, Some(_)) => 0,
            (_, None) => return,
        },
    };
    let is_jump = matches!(action, Action::Home | Action::End);
    if let Some(target) = tree.rows.get(there).map(|row| row.target) {
        go(app, target, is_jump);
    }
}

fn grid_step(app: &App, action: Action, count: Count) -> Option<GridStep> {
    let times = isize::try_from(count.times()).unwrap_or(1);
    Some(match action {
        Action::Left => GridStep { right: -times, down: 0 },
        Action::Right => GridStep { right: times, down: 0 },
        _ => GridStep { right: 0, down: lines(action, count, app.layout().main.height)? },
    })
}

fn in_slots(app: &mut App, action: Action, count: Count) {
    let view = app.slots();
    let guest = app.guest();
    let grid = SlotGrid::of(view, app.layout().main.width);
    let here = app.shown().and_then(|target| app.slot_of(target));
    let there = match (action, here, grid_step(app, action, count)) {
        (Action::Home, ..) => grid.first(),
        (Action::End, ..) => grid.last(),
        (_, Some(here), Some(step)) => Some(grid.step(here, step)),
        (_, None, Some(_)) => grid.first(),
        (_, _, None) => return,
    };
    let target = there.and_then(|cursor| cursor.target(guest, view));
    if let Some(target) = target {
        go(app, target, matches!(action, Action::Home | Action::End));
    }
}

/// The functions of the selected slot are numbered from the left, two in a line.
fn in_functions(app: &mut App, action: Action, count: Count) {
    let Some(here) = function_of(app) else { return in_slots(app, action, count) };
    let two_columns = SlotAreas::of(app.layout().main, 0).functions.height > 2;
    let times = isize::try_from(count.times()).unwrap_or(1);
    let line = if two_columns { 2 } else { 1 };
    let by = match action {
        Action::Left => -times,
        Action::Right => times,
        Action::Up => -line * times,
        Action::Down => line * times,
        Action::Home => -8,
        Action::End => 8,
        _ => return,
    };
    let there = usize::from(here).saturating_add_signed(by).min(7);
    if let Some(target) = nth_function(app, there) {
        go(app, target, false);
    }
}

/// The function of the selected slot that is selected.
fn function_of(app: &App) -> Option<u8> {
    let topology = app.guest().topology;
    match app.selected()? {
        Target::Device(key) => match topology.node(topology.node_of(key)?)?.place {
            Place::Pci(_, function) => Some(function.get()),
            _ => Some(0),
        },
        Target::Chipset(at) => Some(at.function.get()),
        Target::Live(id) => match topology.node(topology.node_of_live(id)?)?.place {
            Place::Pci(_, function) => Some(function.get()),
            _ => Some(0),
        },
        Target::Free(_, Place::Pci(_, function)) => Some(function.get()),
        _ => Some(0),
    }
}

/// The object of a function of the selected slot.
fn nth_function(app: &App, nth: usize) -> Option<Target> {
    let guest = app.guest();
    let cursor = app.slot_of(app.shown()?)?;
    let (cell, bus, _) = cursor.slot(app.slots())?;
    function_target(guest, (cell, bus), functions(guest, cell).get(nth)?)
}

fn in_matrix(app: &mut App, action: Action, count: Count) {
    let matrix = app.matrix();
    let grid = DriveGrid::of(&matrix.rows, app.layout().main.width);
    let here = app.shown_unit();
    let there = match (action, here, grid_step(app, action, count)) {
        (Action::Home, ..) => grid.end(false),
        (Action::End, ..) => grid.end(true),
        (_, Some(here), Some(step)) => Some(grid.step(here, step)),
        (_, None, Some(_)) => grid.end(false),
        (_, _, None) => return,
    };
    let target = there.and_then(|(row, cell)| matrix.target(app.guest(), row, cell));
    if let Some(target) = target {
        go(app, target, matches!(action, Action::Home | Action::End));
    }
}

/// Lines of the changes.
fn in_changes(app: &mut App, action: Action, count: Count) {
    let last = app.changes().len().saturating_sub(1);
    let there = match (action, lines(action, count, app.layout().main.height)) {
        (Action::Home, _) => 0,
        (Action::End, _) => last,
        (_, Some(by)) => app.cursors.change.saturating_add_signed(by),
        _ => return,
    };
    app.cursors.change = there.min(last);
}

/// The columns of a step to the side in the document.
const COLUMNS: usize = 8;

fn lines_of(app: &App) -> &crate::text::Lines {
    app.session.revision().document.lines()
}

/// Moves by lines of the document; selects the device that contains the line.
fn in_xml(app: &mut App, action: Action, count: Count) {
    let height = app.layout().main.height;
    let last = app.session.revision().document.lines().count();
    let here = app.scroll.line.clamp(1, last);
    let sideways = COLUMNS * count.times();
    match action {
        Action::Left => app.scroll.column = app.scroll.column.saturating_sub(sideways),
        Action::Right => {
            let text = lines_of(app).text(here);
            let most = unicode_width::UnicodeWidthStr::width(text).saturating_sub(COLUMNS);
            app.scroll.column = (app.scroll.column + sideways).min(most.max(app.scroll.column));
        }
        _ => {}
    }
    let there = match (action, count.typed(), lines(action, count, height)) {
        (Action::Home | Action::End, Some(line), _) => line,
        (Action::Home, None, _) => 1,
        (Action::End, None, _) => last,
        (_, _, Some(by)) => {
            let by = i32::try_from(by).unwrap_or_default();
            here.saturating_add_signed(by)
        }
        _ => return,
    };
    app.scroll.line = there.clamp(1, last);
    select_line(app, matches!(action, Action::Home | Action::End));
}

/// Selects the device that contains the current line, if any.
pub(super) fn select_line(app: &mut App, is_jump: bool) {
    let Some(span) = app.session.revision().document.lines().span(app.scroll.line) else { return };
    let devices = &app.guest().domain.devices;
    let mut around = devices.iter().filter(|device| {
        device.element().is_some_and(|own| own.start <= span.end && span.start < own.end)
    });
    let Some(key) = around.next_back().map(Device::key) else { return };
    let target = Target::Device(key);
    if is_jump {
        app.selection.jump(target);
    } else {
        app.selection.walk(target);
    }
}

/// To the next row, or line of the document, that contains the filter's text.
pub(super) fn to_match(app: &mut App, forwards: bool, count: Count) {
    if app.filter.is_empty() {
        let key = app.keys.map.key(app.mode.keys(app.view), Action::Filter).unwrap_or_default();
        app.status.say(Level::Info, format!("No search text yet; {key} sets a filter"));
        return;
    }
    for _ in 0..count.times().min(256) {
        let found = if app.view == View::Xml {
            line_match(app, forwards)
        } else {
            row_match(app, forwards)
        };
        if !found {
            app.status.say(Level::Warning, format!("Nothing contains \"{}\"", *app.filter));
            return;
        }
    }
}

fn row_match(app: &mut App, forwards: bool) -> bool {
    let tree = app.tree().unwrap_or_else(|| app.device_tree());
    let here = app.selected().and_then(|target| tree.row_of(app.guest(), target));
    let found = tree.search(here.unwrap_or_default(), forwards, &app.filter);
    let target = found.and_then(|row| tree.rows.get(row)).map(|row| row.target);
    if let Some(target) = target {
        go(app, target, true);
    }
    target.is_some()
}

fn line_match(app: &mut App, forwards: bool) -> bool {
    let wanted = app.filter.to_lowercase();
    let document = &app.session.revision().document;
    let count = document.lines().count();
    // The search covers the drawn text only, so that it cannot reveal a secret.
    let matches = |line: &u32| document.shown_line(*line).to_lowercase().contains(&wanted);
    let here = app.scroll.line.clamp(1, count) - 1;
    let found = (1..=count)
        .map(|step| if forwards { here + step } else { here + count - step } % count + 1)
        .find(matches);
    if let Some(line) = found {
        app.scroll.line = line;
        select_line(app, true);
    }
    found.is_some()
}

/// To the device selected before, or after.
pub(super) fn history(app: &mut App, forwards: bool, count: Count) {
    for _ in 0..count.times().min(256) {
        let mut selection = app.selection.clone();
        let exists = |target: Target| !app.way(target).is_empty();
        let moved = if forwards { selection.forward(exists) } else { selection.back(exists) };
        if !moved {
            let text = if forwards { "No later device" } else { "No earlier device" };
            app.status.say(Level::Info, text);
            break;
        }
        app.selection = selection;
    }
    fold::reveal(app);
    if app.view == View::Xml {
        line_of_selection(app);
    }
}
