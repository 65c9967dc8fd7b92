//! A text to be read, over the view.

use ratatui::layout::{Rect, Size};

use super::canvas::Canvas;
use super::frame::columns;
use super::picker::frame;
use crate::tui::app::{App, PageLine, Pager};
use crate::tui::layout::popup;
use crate::tui::theme::Role;

/// The popup's area, and how many lines of the text are seen in it.
pub fn pager_area(size: Size, pager: &Pager) -> (Rect, u16) {
    let entry = entry_width(pager);
    let width = pager.lines.iter().map(|line| match line {
        PageLine::Heading(text) => columns(text) + 1,
        PageLine::Entry(_, text) => entry + columns(text) + 5,
        PageLine::Text(text) => columns(text) + 3,
    });
    let width = width.max().unwrap_or_default().clamp(30, 98) + 3;
    let lines = u16::try_from(pager.lines.len()).unwrap_or(u16::MAX);
    let area = popup(size, width, lines.saturating_add(2).min(size.height.saturating_sub(2)));
    (area, area.height.saturating_sub(2))
}

/// The width of what entries are about.
fn entry_width(pager: &Pager) -> u16 {
    let widths = pager.lines.iter().map(|line| match line {
        PageLine::Entry(what, _) => columns(what),
        _ => 0,
    });
    widths.max().unwrap_or_default().min(24)
}

/// The visible lines.
pub(super) fn draw(canvas: &mut Canvas<'_>, app: &App, pager: &Pager) {
    let (area, height) = pager_area(app.size, pager);
    let last = pager.offset + usize::from(height);
    let seen = if pager.lines.len() > usize::from(height) {
        format!("{}-{} of {}", pager.offset + 1, last.min(pager.lines.len()), pager.lines.len())
    } else {
        String::new()
    };
    let inner = frame(canvas, area, &pager.title, &seen);
    let entry = entry_width(pager).min(inner.width / 2);
    let visible = pager.lines.iter().skip(pager.offset).take(usize::from(height));
    for (nth, line) in visible.enumerate() {
        let mut out = canvas.row(inner, nth, Role::Popup);
        match line {
            PageLine::Heading(text) => {
                out.put(text, Role::Key);
            }
            PageLine::Entry(what, text) => {
                out.skip(1).column(what, Role::Key, entry).skip(2).put(text, Role::Popup);
            }
            PageLine::Text(text) => {
                out.skip(1).put(text, Role::Popup);
            }
        }
    }
}
