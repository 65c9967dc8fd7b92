//! The document, highlighted, with the selected device's element set off.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::columns::columns;
use super::problems::sign;
use crate::model::Device;
use crate::rows::{Target, Token};
use crate::text::{Span, pad_left};
use crate::tui::app::App;
use crate::tui::theme::{Glyph, Role};

/// The visible lines.
pub(super) fn draw(canvas: &mut Canvas<'_>, app: &App, area: Rect) {
    let document = &app.session.revision().document;
    let lines = document.lines();
    let element = match app.selected() {
        Some(Target::Device(key) | Target::Siblings(key)) => app.guest().domain.device(key),
        _ => None,
    };
    let element = element.and_then(Device::element);
    let digits = u16::try_from(lines.count().to_string().len()).unwrap_or(1);
    let first = u32::try_from(app.scroll.of(app.view)).unwrap_or_default() + 1;
    let wanted = app.filter.to_lowercase();
    for (nth, number) in (first..).take(usize::from(area.height)).enumerate() {
        let Some(span) = lines.span(number) else { break };
        let y = area.y + u16::try_from(nth).unwrap_or_default();
        let place = Rect { y, height: 1, ..area };
        let is_cursor = number == app.scroll.line;
        let is_inside = element.is_some_and(|e| e.start <= span.end && span.start < e.end);
        if is_cursor {
            canvas.fill(place, Role::Selection);
        }
        let ground = if is_cursor { Role::Selection } else { Role::Text };
        let bar = canvas.glyph(Glyph::Bar);
        let mut line = canvas.line(place, ground);
        let label = pad_left(&number.to_string(), usize::from(digits));
        let (sign_text, sign_role) = wrong(app, span)
            .map_or((" ", Role::Dim), |(glyph, role)| (app.appearance.glyph(glyph), role));
        line.put(sign_text, sign_role).put(&label, if is_cursor { ground } else { Role::Dim });
        line.skip(1).put(if is_inside { bar } else { " " }, Role::Bus).skip(1);
        let text_x = line.x();
        let (mut hidden, mut is_cut) = (app.scroll.column, false);
        for (piece, token) in app.tokens_in(span) {
            let start = piece.start.max(span.start);
            let end = piece.end.min(span.end).max(start);
            let ink = if is_cursor { ground } else { role(*token) };
            let written = document.shown(Span::new(start, end));
            let text = written.replace('\t', "    ");
            let shown: String = text
                .chars()
                .skip_while(|letter| {
                    let width = usize::from(columns(letter.encode_utf8(&mut [0; 4])));
                    let is_hidden = hidden > 0;
                    hidden = hidden.saturating_sub(width);
                    is_hidden
                })
                .collect();
            if columns(&shown) > line.room() || line.room() == 0 {
                line.put(&shown, ink);
                is_cut = true;
                break;
            }
            line.put(&shown, ink);
        }
        if is_cut {
            let last = Rect { x: place.right().saturating_sub(1), width: 1, ..place };
            let more = canvas.glyph(Glyph::Ellipsis);
            canvas.line(last, ground).put(more, if is_cursor { ground } else { Role::Dim });
        }
        if !wanted.is_empty() {
            let text = document.shown(span);
            mark_matches(canvas, (place, text_x, app.scroll.column), &text, &wanted);
        }
    }
}

/// The sign of the worst problem of a line.
fn wrong(app: &App, line: Span) -> Option<(Glyph, Role)> {
    // The worst problems come first.
    let problems = app.problems().problems.iter();
    let is_here = |span: &Span| line.start <= span.start && span.start <= line.end;
    let mut here = problems.filter(|problem| problem.spans.iter().any(is_here));
    here.next().map(|problem| sign(problem.severity))
}

/// Highlights the matches of the filter's text.
fn mark_matches(
    canvas: &mut Canvas<'_>,
    (place, text_x, hidden): (Rect, u16, usize),
    text: &str,
    wanted: &str,
) {
    let hidden = u16::try_from(hidden).unwrap_or(u16::MAX);
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        // A letter with another length in lower case: the columns are unknown.
        return;
    }
    for (at, found) in lower.match_indices(wanted) {
        let before = columns(&lower.get(..at).unwrap_or_default().replace('\t', "    "));
        let Some(before) = before.checked_sub(hidden) else { continue };
        let x = text_x.saturating_add(before);
        let width = columns(found).min(place.right().saturating_sub(x));
        canvas.tint(Rect { x, width, ..place }, Role::Match);
    }
}

fn role(token: Token) -> Role {
    match token {
        Token::Text => Role::Text,
        Token::Tag => Role::XmlTag,
        Token::Attribute => Role::XmlAttribute,
        Token::Value => Role::XmlValue,
        Token::Comment => Role::XmlComment,
    }
}
