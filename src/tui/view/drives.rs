//! Drive controllers as a matrix of units.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::problems::sign;
use crate::model::Severity;
use crate::rows::{DriveCell, DriveRow, LiveMark, Mark};
use crate::topology::Place;
use crate::tui::app::App;
use crate::tui::grid::{DriveGrid, DriveLine, cell_text, row_label};
use crate::tui::theme::Role;

/// The visible lines.
pub(super) fn draw(canvas: &mut Canvas<'_>, app: &App, heading: Rect, area: Rect) {
    let matrix = app.matrix();
    let grid = DriveGrid::of(&matrix.rows, area.width);
    if matrix.rows.is_empty() {
        let text = "no drives and no drive controllers";
        canvas.line(area, Role::Text).skip(1).put(text, Role::Dim);
        return;
    }
    units(canvas, &grid, &matrix.rows, heading);
    let offset = app.scroll.of(app.view);
    let selected = app.shown().and_then(|target| matrix.cell_of(target));
    let visible = grid.lines.iter().skip(offset).take(usize::from(area.height));
    for (nth, line) in visible.enumerate() {
        let y = area.y + u16::try_from(nth).unwrap_or_default();
        let Some(row) = matrix.rows.get(line.row) else { return };
        let is_here = |(row, cell): (usize, usize)| {
            (row == line.row && (line.first..line.last).contains(&cell)).then_some(cell)
        };
        let selected = selected.and_then(is_here);
        let area = Rect { y, height: 1, ..area };
        draw_line(canvas, app, (&grid, *line, row), area, selected);
    }
}

/// The numbers of the units above the first controller's.
fn units(canvas: &mut Canvas<'_>, grid: &DriveGrid, rows: &[DriveRow], area: Rect) {
    canvas.line(area, Role::Text).skip(1).put("controller", Role::Heading);
    let regular = |line: &&DriveLine| {
        line.first == 0 && rows.get(line.row).is_some_and(|row| row.bus.is_some())
    };
    let longest = grid.lines.iter().filter(regular).max_by_key(|line| line.last - line.first);
    let Some(line) = longest else { return };
    for nth in 0..line.last - line.first {
        let x = grid.label + u16::try_from(nth).unwrap_or_default() * line.cell;
        let place = Rect { x: area.x + x, width: area.width.saturating_sub(x), ..area };
        let text = if nth == 0 { "unit 0".to_owned() } else { nth.to_string() };
        let skip = u16::from(nth > 0);
        // The first number is above its unit, the word before it.
        let place = if nth == 0 && x >= 5 { Rect { x: place.x - 4, ..place } } else { place };
        canvas.line(place, Role::Text).skip(skip).put(&text, Role::Heading);
    }
}

fn draw_line(
    canvas: &mut Canvas<'_>,
    app: &App,
    (grid, line, row): (&DriveGrid, DriveLine, &DriveRow),
    area: Rect,
    selected: Option<usize>,
) {
    let label = Rect { width: grid.label.saturating_sub(1).min(area.width), ..area };
    let mut left = canvas.line(label, Role::Text);
    left.skip(1);
    if line.first == 0 {
        let [name, model, at, part] = row_label(row, area.width);
        left.put(name, Role::Bus);
        for (text, role) in [(model, Role::Device), (at, Role::Dim), (part, Role::Text)] {
            if !text.is_empty() {
                left.skip(1).put(text, role);
            }
        }
    } else {
        let first = row.cells.get(line.first).map(|cell| cell.place);
        if let Some(Place::Drive { unit, .. }) = first {
            left.skip(2).put(&format!("from unit {unit}"), Role::Dim);
        }
    }
    let units = row.cells.iter().enumerate().skip(line.first).take(line.last - line.first);
    for (nth, cell) in units {
        let x = grid.label + u16::try_from(nth - line.first).unwrap_or_default() * line.cell;
        let is_selected = selected == Some(nth);
        let ground = if is_selected { Role::Cursor } else { Role::Text };
        let place = Rect { x: area.x + x, width: line.cell.saturating_sub(1), ..area };
        let place = place.intersection(area);
        if is_selected {
            canvas.fill(place, Role::Cursor);
        }
        let glyph = canvas.mark(cell.mark);
        let ink = match cell.mark {
            Mark::Conflict => Role::PlaceConflict,
            _ if is_selected => Role::Cursor,
            _ => Role::Device,
        };
        let second = live_mark(app, row, cell).map(|mark| super::live::sign(canvas, Some(mark)));
        let room = place.width.saturating_sub(1);
        let worst = cell.devices.iter().filter_map(|key| app.problems().worst(*key)).max();
        let worst = worst.filter(|it| *it > Severity::Note && cell.mark != Mark::Conflict);
        let (text, role) = match worst.map(sign) {
            Some((sign, role)) => (canvas.glyph(sign).to_owned(), role),
            None => (glyph.to_string(), Role::from(cell.mark)),
        };
        let mut line = canvas.line(place, ground);
        line.put(&text, role);
        if let Some((glyph, role)) = second {
            line.put(glyph, role);
        }
        line.cell(&cell_text(cell, nth), ink, room);
    }
    if row.more > 0 && line.last == row.cells.len() {
        let x = grid.label + u16::try_from(line.last - line.first).unwrap_or_default() * line.cell;
        let place = Rect { x: area.x + x, width: area.width.saturating_sub(x), ..area };
        let text = format!("and {} more", row.more);
        if usize::from(place.width) > text.len() {
            canvas.line(place, Role::Text).put(&text, Role::Dim);
        }
    }
}

/// The comparison of a unit with the running guest.
fn live_mark(app: &App, row: &DriveRow, cell: &DriveCell) -> Option<LiveMark> {
    let guest = app.guest();
    let running = app.running()?;
    if let Some(live) = cell.live {
        return running.note(live).map(|note| note.mark);
    }
    let drawn: Vec<_> =
        cell.devices.iter().filter_map(|key| guest.topology.node_of(*key)).collect();
    let bus = row.bus.and_then(|no| guest.topology.bus(no)).map(|bus| bus.id);
    running.cell(guest, &drawn, bus.map(|id| (id, cell.place..=cell.place)))
}
