//! The running guest beside the configured one: the state of the connection, and second marks.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::columns::wrap;
use crate::live::RunState;
use crate::rows::LiveMark;
use crate::sources::monitor::MonitorError;
use crate::tui::app::{App, LinkState, Live};
use crate::tui::layout::NARROW;
use crate::tui::theme::Role;

/// The state of the connection for the header, in a terminal of so many columns.
pub(super) fn link(app: &App) -> Option<(String, Role)> {
    let live = app.live.as_ref()?;
    let is_narrow = app.size.width < NARROW;
    let language = live.language.unwrap_or_default().to_lowercase();
    Some(match &live.link {
        LinkState::Saved => ("saved listing".to_owned(), Role::Link),
        LinkState::Connecting => ("connecting".to_owned(), Role::LiveWaiting),
        LinkState::Up(since) => {
            let text = if is_narrow {
                format!("{language} {since}")
            } else {
                format!("live {language} since {since}{}", stopped(live))
            };
            (text, Role::Link)
        }
        LinkState::Lost { why, .. } => {
            let (ago, left) = live.seconds().unwrap_or_default();
            let word = word(why);
            let text = match (is_narrow, left) {
                (true, _) => format!("{word}, try in {left} s"),
                (false, 0) => format!("{word} {ago} s ago, trying again"),
                (false, _) => format!("{word} {ago} s ago, next try in {left} s"),
            };
            (text, Role::ProblemWarning)
        }
    })
}

/// The reason why the guest does not run, if it is known.
fn stopped(live: &Live) -> String {
    match live.facts().map(|facts| &facts.run) {
        Some(RunState::Stopped(word)) => format!(", {word}"),
        _ => String::new(),
    }
}

/// A short name of a failure.
fn word(why: &MonitorError) -> &'static str {
    match why {
        MonitorError::Nameless | MonitorError::NoPort(_) | MonitorError::NotHere(_) => "not here",
        MonitorError::NoSocket(_) => "no socket",
        MonitorError::Unreachable(..) => "unreachable",
        MonitorError::Busy(_) => "busy",
        MonitorError::Silent(_) => "silent",
        MonitorError::Garbage(_) => "no monitor",
        MonitorError::TooLong(_) | MonitorError::TooMuch(_) => "too long",
        MonitorError::Closed | MonitorError::Failed(_) => "lost",
    }
}

/// The second mark of a row or cell, a blank where there is none.
pub(super) fn sign(canvas: &Canvas<'_>, mark: Option<LiveMark>) -> (&'static str, Role) {
    let role = mark.map(Role::from);
    let glyph = role.and_then(Role::glyph).map_or(" ", |glyph| canvas.glyph(glyph));
    (glyph, role.unwrap_or(Role::Text))
}

/// Draws the view of an unknown guest: the state of the connection.
pub(super) fn waiting(canvas: &mut Canvas<'_>, live: &Live, area: Rect) {
    let mut lines: Vec<(String, Role)> = Vec::new();
    match &live.link {
        LinkState::Saved => lines.push(("the listing has no device".to_owned(), Role::Dim)),
        LinkState::Connecting => {
            lines.push((format!("connecting to monitor {}", live.name), Role::Dim));
        }
        LinkState::Up(_) => {
            lines.push((format!("reading the guest behind {}", live.name), Role::Dim));
        }
        LinkState::Lost { why, .. } => {
            lines.push((format!("monitor {} {why}", live.name), Role::ProblemWarning));
            lines.extend(why.hint().map(|hint| (hint.to_owned(), Role::Text)));
        }
    }
    let width = usize::from(area.width.saturating_sub(2)).max(1);
    let pieces = lines
        .iter()
        .flat_map(|(text, role)| wrap(text, width).into_iter().map(move |piece| (piece, *role)));
    for (nth, (piece, role)) in pieces.enumerate() {
        canvas.row(area, nth, Role::Text).skip(1).put(&piece, role);
    }
}
