//! The changes, and the difference of the text.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use crate::tui::app::{App, ChangeLine};
use crate::tui::theme::{Glyph, Role};

/// The visible lines.
pub(super) fn draw(canvas: &mut Canvas<'_>, app: &App, area: Rect) {
    let lines = app.changes();
    if lines.is_empty() {
        canvas.line(area, Role::Text).skip(1).put("no changes", Role::Dim);
        return;
    }
    let visible = lines.iter().enumerate().skip(app.scroll.of(app.view));
    for (nth, (line_nth, line)) in visible.take(usize::from(area.height)).enumerate() {
        let is_cursor = line_nth == app.cursors.change;
        let ground = if is_cursor { Role::Selection } else { Role::Text };
        let y = area.y + u16::try_from(nth).unwrap_or_default();
        let place = Rect { y, height: 1, ..area };
        if is_cursor {
            canvas.fill(place, Role::Selection);
        }
        let rule = canvas.glyph(Glyph::Rule);
        let mut out = canvas.line(place, ground);
        let ink = |role: Role| if is_cursor { ground } else { role };
        match line {
            ChangeLine::Step(step, title) => {
                out.put(&format!("{:>3} ", step + 1), ink(Role::Dim)).put(title, ink(Role::Device))
            }
            ChangeLine::Notice(text) => out.skip(6).put(text, ink(Role::Detail)),
            ChangeLine::Heading(text) => {
                out.skip(1).put(&rule.repeat(3), ink(Role::Rule)).skip(1);
                out.put(text, ink(Role::Heading))
            }
            ChangeLine::Old(text) => {
                out.put(" - ", ink(Role::ProblemError)).put(text, ink(Role::Text))
            }
            ChangeLine::New(text) => {
                out.put(" + ", ink(Role::PlaceStatic)).put(text, ink(Role::Text))
            }
            ChangeLine::Same(text) => out.skip(3).put(text, ink(Role::Dim)),
        };
    }
}
