//! The inspector: everything about the selection, or its short form.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::columns::{columns, wrap};
use crate::rows::{Detail, Mark, details_title};
use crate::tui::app::App;
use crate::tui::theme::Role;

/// Columns of the longest label that is common.
const LABEL: u16 = 11;

/// Draws as many lines as fit.
pub(super) fn draw(canvas: &mut Canvas<'_>, app: &App, area: Rect) {
    let Some(target) = app.selected().filter(|_| !area.is_empty()) else { return };
    let guest = app.guest();
    let inspected = app.inspected();
    let mut found: Vec<&Detail> = inspected.details.iter().collect();
    if !app.layout().tabs.is_empty() {
        // The path is beside the views' names.
        found.retain(|detail| detail.label != "path");
    }
    let title = details_title(guest, target);
    if area.height <= 3 {
        short(canvas, area, &title, &found);
        return;
    }
    // Below the view the letters keep the same margin as elsewhere.
    let margin = u16::from(area.x == 0);
    let area = Rect { x: area.x + margin, width: area.width.saturating_sub(margin), ..area };
    canvas.line(area, Role::Text).put(&title, Role::Heading);
    // The same width for every device, if possible: unchanged cells are not drawn again.
    let widest = found.iter().map(|detail| columns(detail.label)).max().unwrap_or_default();
    let label = widest.max(LABEL);
    let mut nth = 1;
    for detail in &found {
        let width = area.width.saturating_sub(label + 2).max(1);
        for (part, text) in wrap(&detail.value, usize::from(width)).iter().enumerate() {
            let mut line = canvas.row(area, nth, Role::Text);
            line.column(if part == 0 { detail.label } else { "" }, Role::Dim, label + 2);
            line.put(text, role(detail.mark));
            nth += 1;
        }
    }
}

/// Title and address in the first line, the rest side by side below.
fn short(canvas: &mut Canvas<'_>, area: Rect, title: &str, found: &[&Detail]) {
    let mut line = canvas.line(area, Role::Text);
    line.skip(1).put(title, Role::Heading).skip(3);
    let mut rest = found.iter().copied().peekable();
    if let Some(detail) = rest.next_if(|detail| detail.label == "address") {
        let text = if detail.value == "none" { "no address" } else { &detail.value };
        line.put(text, role(detail.mark));
    }
    // Problems come first if there is little space.
    let mut rest: Vec<&Detail> = rest.collect();
    rest.sort_by_key(|detail| detail.mark != Mark::Conflict);
    let mut rest = rest.into_iter().peekable();
    for nth in 1..usize::from(area.height) {
        let mut line = canvas.row(area, nth, Role::Text);
        line.skip(1);
        while let Some(detail) = rest.peek() {
            let wanted = columns(detail.label) + 1 + columns(&detail.value) + 3;
            if line.x() > area.x + 1 && wanted > line.room() {
                break;
            }
            if !detail.label.is_empty() {
                line.put(detail.label, Role::Dim).skip(1);
            }
            line.put(&detail.value, role(detail.mark)).skip(3);
            rest.next();
        }
    }
}

fn role(mark: Mark) -> Role {
    if mark == Mark::None { Role::Text } else { Role::from(mark) }
}
