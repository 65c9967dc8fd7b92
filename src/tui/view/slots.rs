//! PCI buses as rows of slots, ports side by side, and the functions of the selected slot.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use crate::model::Severity;
use crate::rows::{FunctionCell, Mark, SlotCell, SlotsView, functions, slot_places, title_of};
use crate::topology::{BusId, BusNo, Place};
use crate::tui::app::{App, SlotCursor, function_target};
use crate::tui::grid::{SlotAreas, SlotGrid, SlotLine, model_word};
use crate::tui::theme::Role;

/// The visible part of the view.
pub(super) fn draw(canvas: &mut Canvas<'_>, app: &App, area: Rect) {
    let view = app.slots();
    let grid = SlotGrid::of(view, area.width);
    let areas = SlotAreas::of(area, grid.lines.len());
    if grid.lines.is_empty() {
        canvas.line(area, Role::Text).skip(1).put("this machine has no PCI bus", Role::Dim);
        return;
    }
    if !view.buses.is_empty() {
        scale(canvas, &grid, areas.scale);
    }
    let cursor = app.shown().and_then(|target| app.slot_of(target));
    let offset = app.scroll.of(app.view);
    let visible = grid.lines.iter().skip(offset).take(usize::from(areas.body.height));
    for (nth, line) in visible.enumerate() {
        let y = areas.body.y + u16::try_from(nth).unwrap_or_default();
        let area = Rect { y, height: 1, ..areas.body };
        draw_line(canvas, app, (&grid, view), area, *line);
    }
    let at = cursor.and_then(|cursor| grid.at(cursor));
    if let Some((line, x)) = at
        && let Some(nth) = line.checked_sub(offset).filter(|n| *n < usize::from(areas.body.height))
    {
        let y = areas.body.y + u16::try_from(nth).unwrap_or_default();
        let role = if app.variants.functions { Role::SelectionInactive } else { Role::Cursor };
        canvas.tint(Rect { x: areas.body.x + x, y, width: 1, height: 1 }, role);
    }
    if let Some(cursor) = cursor {
        slot(canvas, app, cursor, areas.functions);
    }
}

/// The numbers of the slots above their cells.
fn scale(canvas: &mut Canvas<'_>, grid: &SlotGrid, area: Rect) {
    for slot in 0_u16..32 {
        let x = area.x + grid.label + slot * grid.cell;
        let cell = |y: u16| Rect { x, y, width: 1, height: 1 }.intersection(area);
        if area.height > 1 && slot % 16 == 0 {
            let sixteens = if slot == 0 { "0" } else { "1" };
            canvas.line(cell(area.y), Role::Text).put(sixteens, Role::Heading);
        }
        let ones = format!("{:x}", slot % 16);
        canvas.line(cell(area.bottom().saturating_sub(1)), Role::Text).put(&ones, Role::Heading);
    }
}

fn draw_line(
    canvas: &mut Canvas<'_>,
    app: &App,
    (grid, view): (&SlotGrid, &SlotsView),
    area: Rect,
    line: SlotLine,
) {
    match line {
        SlotLine::Blank => {}
        SlotLine::Bus(row) => {
            let Some(bus) = view.buses.get(row) else { return };
            let name = view.buses.iter().map(|bus| bus.name.len()).max().unwrap_or_default();
            let name = u16::try_from(name).unwrap_or(u16::MAX);
            let mut line = canvas.line(area, Role::Text);
            line.skip(1).column(&bus.name, Role::Bus, name);
            if grid.label > name + 2 {
                line.skip(1).put(model_word(bus.model), Role::Dim);
            }
            for cell in &bus.cells {
                let x = grid.label + u16::from(cell.slot.get()) * grid.cell;
                sign(canvas, area, x, cell_sign(app, bus.bus, cell));
                live_sign(canvas, app, area, (x, grid.cell), (bus.bus, cell));
            }
            // A second mark takes the blank behind the last cell.
            let second = u16::from(app.live.is_some() && grid.cell > 1);
            let end = grid.label + 32 * grid.cell - (grid.cell - 1) + second;
            let text = format!("{} free", bus.free);
            let rest = Rect { x: area.x + end, width: area.width.saturating_sub(end), ..area };
            if usize::from(rest.width) > text.len() {
                canvas.line(rest, Role::Text).skip(1).put(&text, Role::Dim);
            }
        }
        SlotLine::PortsTitle => {
            let text = format!("{} of {} free", view.free_ports, view.ports.len());
            let mut line = canvas.line(area, Role::Text);
            line.skip(1).put("ports", Role::Bus).skip(2);
            line.put(&text, Role::Text).skip(2);
            line.put("one place each, by the number of their bus", Role::Dim);
        }
        SlotLine::PortNames(first, last) => {
            for (nth, port) in (first..last).enumerate() {
                let Some(port) = view.ports.get(port) else { return };
                let digits = port.name.rsplit_once('.').map_or("?", |(_, digits)| digits);
                let x = port_column(grid, nth);
                let width = area.width.saturating_sub(x);
                canvas
                    .line(Rect { x: area.x + x, width, ..area }, Role::Text)
                    .put(digits, Role::Heading);
            }
        }
        SlotLine::Ports(first, last) => {
            for (nth, port) in (first..last).enumerate() {
                let Some(port) = view.ports.get(port) else { return };
                let cell = cell_sign(app, port.bus, &port.cell);
                sign(canvas, area, port_column(grid, nth), cell);
                let x = (port_column(grid, nth), grid.port);
                live_sign(canvas, app, area, x, (port.bus, &port.cell));
            }
        }
    }
}

/// The sign of a slot: problems of its devices come before their placement.
fn cell_sign(app: &App, bus: BusNo, cell: &SlotCell) -> (Mark, Option<Severity>) {
    let guest = app.guest();
    let keys = cell.nodes.iter().filter_map(|no| guest.topology.device(guest.domain, *no));
    let worst = keys.filter_map(|device| app.problems().worst(device.key())).max();
    (cell_mark(app, bus, cell), worst.filter(|worst| *worst > Severity::Note))
}

/// A free slot that the selected device may not have looks like one that no device may have.
fn cell_mark(app: &App, bus: BusNo, cell: &SlotCell) -> Mark {
    let bus = app.guest().topology.bus(bus).map(|bus| bus.id);
    match (cell.mark, bus) {
        (Mark::Free, Some(BusId::Pci(index))) if !app.inspected().allows(index, cell.slot) => {
            Mark::Reserved
        }
        (mark, _) => mark,
    }
}

fn port_column(grid: &SlotGrid, nth: usize) -> u16 {
    1 + u16::try_from(nth).unwrap_or_default() * grid.port
}

fn sign(canvas: &mut Canvas<'_>, area: Rect, x: u16, (mark, worst): (Mark, Option<Severity>)) {
    let place = Rect { x: area.x + x, width: area.width.saturating_sub(x), ..area };
    match worst.filter(|_| mark != Mark::Conflict) {
        Some(severity) => {
            let (glyph, role) = super::problems::sign(severity);
            let glyph = canvas.glyph(glyph);
            canvas.line(place, Role::Text).put(glyph, role);
        }
        None => {
            let glyph = canvas.mark(mark);
            canvas.line(place, Role::Text).sign(glyph, Role::from(mark));
        }
    }
}

/// Draws the second mark of a cell: after the first if it fits, else in its place if it shows a
/// difference.
fn live_sign(
    canvas: &mut Canvas<'_>,
    app: &App,
    area: Rect,
    (x, width): (u16, u16),
    (bus, cell): (BusNo, &SlotCell),
) {
    let guest = app.guest();
    let id = guest.topology.bus(bus).map(|bus| bus.id);
    let at = id.map(|id| (id, slot_places(cell.slot)));
    let mark = app.running().and_then(|running| running.cell(guest, &cell.nodes, at));
    let Some(mark) = mark.filter(|mark| width > 1 || mark.differs()) else { return };
    let (glyph, role) = super::live::sign(canvas, Some(mark));
    let x = if width > 1 { x + 1 } else { x };
    let place = Rect { x: area.x + x, width: area.width.saturating_sub(x), ..area };
    canvas.line(place, Role::Text).put(glyph, role);
}

/// The eight functions of the slot under the cursor.
fn slot(canvas: &mut Canvas<'_>, app: &App, cursor: SlotCursor, area: Rect) {
    let guest = app.guest();
    let Some((cell, bus, name)) = cursor.slot(app.slots()) else { return };
    let heading = format!("functions of {name} slot {:02x}", cell.slot.get());
    canvas.line(area, Role::Text).skip(1).put(&heading, Role::Heading);
    let columns = if area.height > 2 { 2 } else { 8 };
    let width = area.width / columns;
    for (nth, function) in (0_u16..).zip(functions(guest, cell)) {
        let y = area.y + 1 + nth / columns;
        let place = Rect { x: area.x + (nth % columns) * width, y, width, height: 1 };
        let target = function_target(guest, (cell, bus), &function);
        let is_selected = target.is_some() && target == app.shown();
        let ground = match (is_selected, app.variants.functions) {
            (false, _) => Role::Text,
            (true, false) => Role::SelectionInactive,
            (true, true) => Role::Selection,
        };
        let at = guest.topology.bus(bus).map(|bus| bus.id);
        let at = at.map(|id| (id, Place::Pci(cell.slot, function.function)));
        draw_function(canvas, app, (&function, at), place.intersection(area), ground);
    }
}

fn draw_function(
    canvas: &mut Canvas<'_>,
    app: &App,
    (function, place): (&FunctionCell, Option<(BusId, Place)>),
    area: Rect,
    ground: Role,
) {
    let is_selected = ground != Role::Text;
    if is_selected {
        let width = area.width.saturating_sub(2);
        canvas.fill(Rect { x: area.x + 1, width, ..area }, ground);
    }
    let ink = |role: Role| if is_selected { ground } else { role };
    let glyph = canvas.mark(function.mark);
    let number = format!(".{}", function.function.get());
    let is_wide = area.width > 12;
    let at = place.map(|(bus, place)| (bus, place..=place));
    let running = app.running();
    let mark = running.and_then(|running| running.cell(app.guest(), &function.nodes, at));
    let second = app.live.is_some().then(|| super::live::sign(canvas, mark));
    let mut line = canvas.line(area, ground);
    line.skip(1).put(&number, ink(Role::Dim)).skip(u16::from(is_wide));
    line.sign(glyph, Role::from(function.mark));
    if let Some((glyph, role)) = second {
        line.put(glyph, role);
    }
    if is_wide {
        let guest = app.guest();
        let names = function.nodes.iter().map(|no| title_of(guest, *no));
        let names: Vec<String> = names.collect();
        line.skip(1).cell(&names.join(" + "), ink(Role::Device), area.width.saturating_sub(7));
    }
}
