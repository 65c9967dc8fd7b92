//! The device tree and the USB tree: a table whose first column is indented.

use ratatui::layout::Rect;

use super::canvas::{Canvas, Line};
use super::columns::columns;
use crate::model::Severity;
use crate::rows::{Fold, LiveMark, Mark, Row, Target};
use crate::tui::app::{App, Widths};
use crate::tui::layout::NARROW;
use crate::tui::theme::{Glyph, Role};
use crate::tui::views::View;

/// Columns of a tree at one width.
#[derive(Clone, Copy)]
struct Columns {
    place: u16,
    title: u16,
    detail: u16,
    guest: u16,
    /// The width of second marks: 1 beside a running guest.
    second: u16,
}

impl Columns {
    fn of(widths: Widths, width: u16, is_live: bool) -> Self {
        let second = u16::from(is_live);
        let room = width.saturating_sub(1);
        let place = widths.place.max(6).min(room / 2);
        // Place, two blanks, the signs and a blank.
        let rest = room.saturating_sub(place + second + 4);
        let guest = if width >= NARROW { 17.min(rest / 3) } else { 0 };
        let title = widths.title.max(6).min(rest.saturating_sub(guest).saturating_mul(3) / 5);
        let detail = rest.saturating_sub(title.saturating_add(guest + 4));
        Self { place, title, detail, guest, second }
    }

    /// The column behind the name.
    fn name_end(self) -> u16 {
        1 + self.place + self.second + 4 + self.title + 1
    }
}

/// The column headings and the visible rows.
pub(super) fn draw(canvas: &mut Canvas<'_>, app: &App, heading: Rect, area: Rect) {
    let Some(tree) = app.tree() else { return };
    let at = Columns::of(tree.widths, area.width, app.live.is_some());
    let mut line = canvas.line(heading, Role::Text);
    line.skip(3).column("place", Role::Heading, at.place.saturating_sub(2));
    line.skip(4 + at.second).column("device", Role::Heading, at.title);
    line.skip(2).column("details", Role::Heading, at.detail);
    line.skip(2).cell("guest sees", Role::Heading, at.guest);
    let offset = app.scroll.of(app.view);
    let selected = app.shown().and_then(|target| tree.row_of(app.guest(), target));
    let visible = tree.rows.iter().enumerate().skip(offset).take(usize::from(area.height));
    for (line, (nth, row)) in visible.enumerate() {
        draw_row(canvas, area, line, row, at, selected == Some(nth));
        if matches!(row.target, Target::Device(key) if app.selection.marked.contains(&key)) {
            let sign = canvas.glyph(Glyph::Marked);
            let y = area.y + u16::try_from(line).unwrap_or_default();
            canvas.line(Rect { y, width: 1, height: 1, ..area }, Role::Text).put(sign, Role::Key);
        }
        if let Some(severity) = worst(app, row) {
            let (glyph, role) = super::problems::sign(severity);
            let sign = canvas.glyph(glyph);
            let x = at.name_end().min(area.width).saturating_sub(1);
            let y = area.y + u16::try_from(line).unwrap_or_default();
            let place = Rect { x: area.x + x, y, width: 1, height: 1 };
            canvas.line(place, Role::Text).put(sign, role);
        }
    }
    if tree.rows.is_empty() {
        let text = match (app.filter.is_empty(), app.view) {
            (false, _) => "No row contains this text",
            (true, View::Usb) => "no USB controllers",
            (true, View::Drives) => "no drives and no drive controllers",
            (true, _) => "no devices",
        };
        canvas.line(area, Role::Text).skip(1).put(text, Role::Dim);
    }
}

/// The severity of a row's device, unless its own sign shows it.
fn worst(app: &App, row: &Row) -> Option<Severity> {
    let (Target::Device(key) | Target::Siblings(key)) = row.target else { return None };
    let worst = app.problems().worst(key)?;
    let is_said = worst == Severity::Note || row.mark == Mark::Conflict;
    (!is_said).then_some(worst)
}

fn draw_row(
    canvas: &mut Canvas<'_>,
    area: Rect,
    nth: usize,
    row: &Row,
    at: Columns,
    is_selected: bool,
) {
    let ground = if is_selected { Role::Selection } else { Role::Text };
    if is_selected {
        let y = area.y + u16::try_from(nth).unwrap_or_default();
        // Place and name are highlighted; the rest keeps its style, which saves bytes on slow
        // lines.
        let width = if area.width < NARROW { area.width } else { at.name_end().min(area.width) };
        canvas.fill(Rect { y, height: 1, width, ..area }, Role::Selection);
    }
    let fold = match row.fold {
        Fold::Leaf => " ",
        Fold::Open => canvas.glyph(Glyph::FoldOpen),
        Fold::Closed => canvas.glyph(Glyph::FoldClosed),
    };
    let sign = canvas.mark(row.mark);
    let second = super::live::sign(canvas, row.live);
    let role = Role::from(row.mark);
    let text = match row.mark {
        Mark::Chipset | Mark::Free => Role::Dim,
        Mark::Conflict => Role::PlaceConflict,
        Mark::None if row.depth == 0 => Role::Bus,
        _ => Role::Device,
    };
    // The background marks selected text; dim ink on it would be hard to read.
    let ink = |role: Role| if is_selected { ground } else { role };
    if area.width < NARROW {
        return draw_narrow(
            canvas.row(area, nth, ground),
            row,
            (fold, sign, (at.second > 0).then_some(second)),
            (ink(Role::Dim), ink(text)),
        );
    }
    let mut line = canvas.row(area, nth, ground);
    let indent = indent(row, at);
    line.skip(1 + indent).put(fold, ink(Role::Dim)).skip(1);
    let used = indent + 2;
    line.column(&row.place, ink(place_role(row)), at.place.saturating_sub(used));
    // A conflict is red in every case.
    let role = if row.mark == Mark::Conflict { role } else { ink(role) };
    line.skip(2).sign(sign, role);
    if at.second > 0 {
        // The background marks selected text; the mark keeps its meaning.
        line.put(
            second.0,
            if is_selected && row.live == Some(LiveMark::Same) { ground } else { second.1 },
        );
    }
    line.skip(1);
    if row.detail.is_empty() {
        line.column(&row.title, ink(text), at.title + 2 + at.detail);
    } else {
        line.column(&row.title, ink(text), at.title).skip(2);
    }
    let mut line = line.on(Role::Text);
    if !row.detail.is_empty() {
        let fits = columns(&row.detail) <= at.detail;
        let detail = if fits { row.detail.clone() } else { short(&row.detail) };
        line.column(&detail, Role::Detail, at.detail);
    }
    line.skip(2).cell(&guest(row), Role::GuestName, at.guest);
}

/// The indentation of a row: its depth, as far as its place can still be read.
fn indent(row: &Row, at: Columns) -> u16 {
    (row.depth * 2).min(at.place.saturating_sub(2 + columns(&row.place)))
}

/// Draws a row in a narrow terminal: no columns, a summary at the right edge.
fn draw_narrow(
    mut line: Line<'_, '_>,
    row: &Row,
    (fold, sign, second): (&str, char, Option<(&str, Role)>),
    (dim, text): (Role, Role),
) {
    line.skip(row.depth.min(6)).put(fold, dim).put(&row.place, place_role(row)).skip(1);
    let has_live = second.is_some() && row.live.is_some();
    if row.mark != Mark::None || has_live {
        line.sign(sign, Role::from(row.mark));
        if let Some((glyph, role)) = second {
            line.put(glyph, role);
        }
        line.skip(1);
    }
    line.put(&row.title, text).skip(2);
    let detail = row.name.clone().unwrap_or_else(|| short(&row.detail));
    let wanted = columns(&detail);
    let room = line.room();
    if room > 4 {
        line.go_right(wanted.min(room)).put(&detail, dim);
    }
}

/// `3 of 7 places taken` as `3/7`; anything else as it is.
fn short(detail: &str) -> String {
    let words: Vec<&str> = detail.split(' ').collect();
    match words.as_slice() {
        [some, "of", all, _, "taken"] => format!("{some}/{all}"),
        [some, "of", all, _, "free"] => format!("{some}/{all} free"),
        _ => detail.to_owned(),
    }
}

fn place_role(row: &Row) -> Role {
    match row.mark {
        Mark::None if row.depth == 0 => Role::Bus,
        Mark::Free => Role::PlaceFree,
        _ => Role::Device,
    }
}

/// The address in the guest, with the name or else the ids.
fn guest(row: &Row) -> String {
    let address = row.guest.map(|address| address.to_string());
    let called = row.name.clone().or_else(|| row.id.map(|id| id.to_string()));
    let parts: Vec<String> = [address, called].into_iter().flatten().collect();
    parts.join(" ")
}

/// The column of a row's fold sign.
pub fn fold_column(row: &Row, widths: Widths, width: u16) -> u16 {
    let at = Columns::of(widths, width, false);
    if width < NARROW { row.depth.min(6) } else { 1 + indent(row, at) }
}
