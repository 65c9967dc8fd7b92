//! A list to choose from, over the view.

use ratatui::layout::{Position, Rect, Size};

use super::canvas::Canvas;
use super::columns::columns;
use super::footer::field;
use crate::tui::app::{App, Picker, PickerKind, PickerMatch, follow};
use crate::tui::layout::popup;
use crate::tui::theme::{Glyph, Role};

/// The popup's areas: all of it, the field, the lines.
struct Areas {
    outer: Rect,
    field: Rect,
    list: Rect,
}

fn areas(size: Size, picker: &Picker) -> Areas {
    let lines = u16::try_from(picker.items.len()).unwrap_or(u16::MAX);
    let widest = |text: &dyn Fn(&crate::tui::app::Item) -> u16| {
        // The first lines represent the rest.
        picker.items.iter().take(200).map(text).max().unwrap_or_default()
    };
    let wanted = widest(&|item| columns(&item.label)) + widest(&|item| columns(&item.hint)) + 7;
    let width = wanted.clamp(36, 90);
    let has_field = u16::from(picker.has_field());
    let height = lines.min(18).saturating_add(2 + has_field).min(size.height.saturating_sub(2));
    let mut outer = popup(size, width, height);
    if picker.kind == PickerKind::Theme {
        // The part under the theme list stays visible.
        outer.x = size.width.saturating_sub(outer.width + 2);
    }
    let inner = inner(outer);
    let field = Rect { height: has_field.min(inner.height), ..inner };
    let list = Rect { y: inner.y + field.height, height: inner.height - field.height, ..inner };
    Areas { outer, field, list }
}

fn inner(area: Rect) -> Rect {
    let fits = |side: u16| side.saturating_sub(2);
    Rect::new(area.x + 1, area.y + 1, fits(area.width), fits(area.height))
}

/// A popup's frame with its title, and a note in the lower edge; the area inside.
pub(super) fn frame(canvas: &mut Canvas<'_>, area: Rect, title: &str, note: &str) -> Rect {
    canvas.fill(area, Role::Popup);
    let glyph = |canvas: &Canvas<'_>, glyph: Glyph| canvas.glyph(glyph);
    let rule = glyph(canvas, Glyph::Rule).repeat(usize::from(area.width.saturating_sub(2)));
    let corners = [
        (area.y, Glyph::CornerTopLeft, Glyph::CornerTopRight),
        (area.bottom().saturating_sub(1), Glyph::CornerBottomLeft, Glyph::CornerBottomRight),
    ];
    for (y, left, right) in corners {
        let text = format!("{}{rule}{}", glyph(canvas, left), glyph(canvas, right));
        canvas.line(Rect { y, ..area }, Role::Popup).put(&text, Role::PopupBorder);
    }
    let bar = glyph(canvas, Glyph::Bar);
    for nth in 1..usize::from(area.height.saturating_sub(1)) {
        let mut line = canvas.row(area, nth, Role::Popup);
        line.put(bar, Role::PopupBorder).go_right(1).put(bar, Role::PopupBorder);
    }
    let title = format!(" {title} ");
    let room = area.width.saturating_sub(4);
    canvas.line(area, Role::Popup).skip(2).cell(&title, Role::Heading, room);
    if !note.is_empty() {
        let note = format!(" {note} ");
        let bottom = Rect { y: area.bottom().saturating_sub(1), ..area };
        let mut line = canvas.line(bottom, Role::Popup);
        line.go_right(columns(&note) + 2).put(&note, Role::Dim);
    }
    inner(area)
}

/// The list with its field; where the text cursor is.
pub(super) fn draw(canvas: &mut Canvas<'_>, app: &App, picker: &Picker) -> Option<Position> {
    let areas = areas(app.size, picker);
    let count = format!("{} of {}", picker.matches.len(), picker.items.len());
    let note = if picker.has_field() { count.as_str() } else { "" };
    frame(canvas, areas.outer, picker.title(), note);
    let height = usize::from(areas.list.height);
    let offset = follow(0, picker.cursor, height, picker.matches.len());
    for (nth, found) in picker.matches.iter().skip(offset).take(height).enumerate() {
        let y = areas.list.y + u16::try_from(nth).unwrap_or_default();
        let place = Rect { y, height: 1, ..areas.list };
        item(canvas, picker, found, place, offset + nth == picker.cursor);
    }
    if picker.matches.is_empty() {
        canvas.line(areas.list, Role::Popup).skip(1).put("nothing matches", Role::Dim);
    }
    (!areas.field.is_empty()).then(|| field(canvas, areas.field, &picker.input))
}

fn item(
    canvas: &mut Canvas<'_>,
    picker: &Picker,
    found: &PickerMatch,
    area: Rect,
    is_selected: bool,
) {
    let Some(item) = picker.items.get(found.item) else { return };
    let ground = if is_selected { Role::Selection } else { Role::Popup };
    if is_selected {
        canvas.fill(area, Role::Selection);
    }
    // The label can always be read, whatever the hint.
    let label = columns(&item.label).min(area.width * 3 / 5);
    let hint = columns(&item.hint).min(area.width.saturating_sub(label + 4));
    let room = area.width.saturating_sub(if hint > 0 { hint + 4 } else { 2 });
    let mut line = canvas.line(area, ground);
    line.skip(1);
    let start = line.x();
    line.cell(&item.label, ground, room);
    let end = line.x();
    line.go_right(hint + 1).cell(&item.hint, if is_selected { ground } else { Role::Key }, hint);
    for letter in &found.letters {
        let before: String = item.label.chars().take(*letter as usize).collect();
        let x = start + columns(&before);
        if x < end {
            canvas.tint(Rect { x, width: 1, ..area }, Role::Match);
        }
    }
}

/// The line of the list at this position.
pub fn pick_line_at(size: Size, picker: &Picker, at: Position) -> Option<usize> {
    let areas = areas(size, picker);
    if !areas.list.contains(at) {
        return None;
    }
    let height = usize::from(areas.list.height);
    let offset = follow(0, picker.cursor, height, picker.matches.len());
    let line = offset + usize::from(at.y - areas.list.y);
    (line < picker.matches.len()).then_some(line)
}
