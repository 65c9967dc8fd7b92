//! A text to be read, over the view.

use ratatui::layout::{Rect, Size};

use super::canvas::Canvas;
use super::columns::{columns, wrap};
use super::picker::frame;
use crate::text::pad;
use crate::tui::app::{App, PageLine, Pager};
use crate::tui::layout::popup;
use crate::tui::theme::Role;

/// The number of visible lines, and of all lines.
pub fn pager_extent(size: Size, pager: &Pager) -> (usize, usize) {
    let lines = wrapped(pager, inner_width(size, pager));
    (usize::from(area(size, pager, lines.len()).height.saturating_sub(2)), lines.len())
}

fn inner_width(size: Size, pager: &Pager) -> u16 {
    let entry = entry_width(pager);
    let width = pager.lines.iter().map(|line| match line {
        PageLine::Heading(text) => columns(text) + 1,
        PageLine::Entry(_, text) => entry.saturating_add(columns(text)).saturating_add(5),
        PageLine::Text(text) => columns(text).saturating_add(3),
    });
    width.max().unwrap_or_default().clamp(30, 98).min(size.width.saturating_sub(2))
}

fn area(size: Size, pager: &Pager, lines: usize) -> Rect {
    let lines = u16::try_from(lines).unwrap_or(u16::MAX);
    let height = lines.saturating_add(2).min(size.height.saturating_sub(2));
    popup(size, inner_width(size, pager) + 2, height)
}

/// The lines as they fit into so many columns; long ones go on in the next.
fn wrapped(pager: &Pager, width: u16) -> Vec<PageLine> {
    let entry = entry_width(pager).min(width / 2);
    let pieces = |text: &str, taken: u16| {
        wrap(text, usize::from(width.saturating_sub(taken).max(8))).into_iter()
    };
    let mut lines = Vec::new();
    for line in &pager.lines {
        match line {
            PageLine::Heading(_) => lines.push(line.clone()),
            PageLine::Text(text) => {
                let words = text.trim_start_matches(' ');
                // Beyond the width nothing is seen of the text.
                let blanks = (text.len() - words.len()).min(usize::from(width));
                let taken = u16::try_from(blanks + 2).unwrap_or(u16::MAX);
                let indented = |piece: String| PageLine::Text(pad("", blanks) + &piece);
                lines.extend(pieces(words, taken).map(indented));
            }
            PageLine::Entry(what, text) => {
                let mut what = what.clone();
                lines.extend(
                    pieces(text, entry + 4)
                        .map(|piece| PageLine::Entry(std::mem::take(&mut what), piece)),
                );
            }
        }
    }
    lines
}

/// The width of the terms of entries.
fn entry_width(pager: &Pager) -> u16 {
    let widths = pager.lines.iter().map(|line| match line {
        PageLine::Entry(what, _) => columns(what),
        _ => 0,
    });
    widths.max().unwrap_or_default().min(24)
}

/// The visible lines.
pub(super) fn draw(canvas: &mut Canvas<'_>, app: &App, pager: &Pager) {
    let lines = wrapped(pager, inner_width(app.size, pager));
    let area = area(app.size, pager, lines.len());
    let height = usize::from(area.height.saturating_sub(2));
    let last = (pager.offset + height).min(lines.len());
    let seen = if lines.len() > height {
        format!("{}-{last} of {}", pager.offset + 1, lines.len())
    } else {
        String::new()
    };
    let inner = frame(canvas, area, &pager.title, &seen);
    let entry = entry_width(pager).min(inner.width / 2);
    for (nth, line) in lines.iter().skip(pager.offset).take(height).enumerate() {
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
