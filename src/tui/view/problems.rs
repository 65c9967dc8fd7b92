//! Draws the problems: a line for each, the selected one opened below its line.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::columns::wrap;
use crate::model::{Problem, Severity};
use crate::tui::app::App;
use crate::tui::theme::{Glyph, Role};

/// The indentation of text below a problem's line.
const INDENT: u16 = 3;

/// The most places of one problem that are shown.
const PLACES: usize = 4;

/// A line below the selected one.
enum OpenedLine {
    Text(Role, String),
    Source(u32, String),
    Fix(char, String),
}

/// The lines of the view at one width.
pub struct ProblemLines<'a> {
    shown: usize,
    selected: usize,
    app: &'a App,
    below: Vec<OpenedLine>,
}

impl<'a> ProblemLines<'a> {
    /// The lines in `width` columns.
    pub fn of(app: &'a App, width: u16) -> Self {
        let problems = app.problems();
        let shown = problems.count(app.cursors.least);
        let selected = app.cursors.problem.min(shown.saturating_sub(1));
        let mut below = Vec::new();
        let problem = problems.problems.get(selected).filter(|_| shown > 0);
        if let Some(problem) = problem {
            let offers = app.offers();
            let room = usize::from(width.saturating_sub(INDENT + 1)).max(8);
            let mut text = |role, text: &str| {
                below.extend(wrap(text, room).into_iter().map(|line| OpenedLine::Text(role, line)));
            };
            text(Role::Text, &problem.message);
            if let Some(libvirt) = &problem.libvirt {
                text(Role::Detail, &format!("libvirt: \"{libvirt}\""));
            }
            if let Some(help) = &problem.help {
                text(Role::Detail, help);
            }
            let document = &app.session.revision().document;
            below.extend(problem.spans.iter().take(PLACES).map(|span| {
                let line = document.lines().line_at(span.start);
                OpenedLine::Source(line, document.shown_line(line).trim().to_owned())
            }));
            for (letter, offer) in ('a'..='z').zip(offers.iter()) {
                let mut title = offer.fix.title.clone();
                match &offer.notices {
                    None => title.push_str("   not tried yet"),
                    Some(notices) if notices.is_empty() => {}
                    Some(notices) => {
                        title.push_str("   guest: ");
                        title.push_str(&notices.join(", "));
                    }
                }
                let mut lines = wrap(&title, room.saturating_sub(3)).into_iter();
                below.extend(lines.next().map(|line| OpenedLine::Fix(letter, line)));
                below.extend(lines.map(|line| OpenedLine::Fix(' ', line)));
            }
            if offers.is_empty() {
                below.push(OpenedLine::Text(Role::Dim, "no automatic fix".to_owned()));
            }
            below.push(OpenedLine::Text(Role::Text, String::new()));
        }
        Self { shown, selected, app, below }
    }

    /// The number of lines.
    pub fn count(&self) -> usize {
        self.shown + self.below.len()
    }

    /// The line to keep visible in a window of `height` lines: the last one of the opened problem,
    /// unless its first would be hidden.
    pub fn cursor(&self, height: usize) -> usize {
        let offset = self.app.scroll.of(self.app.view);
        if self.selected < offset {
            return self.selected;
        }
        self.selected + self.below.len().min(height.saturating_sub(1))
    }

    /// The problem that a line belongs to.
    pub fn head_at(&self, line: usize) -> Option<usize> {
        let nth = match line.checked_sub(self.selected + 1) {
            None => line,
            Some(below) if below < self.below.len() => self.selected,
            Some(below) => self.selected + 1 + below - self.below.len(),
        };
        (nth < self.shown).then_some(nth)
    }
}

/// The visible lines.
pub(super) fn draw(canvas: &mut Canvas<'_>, app: &App, area: Rect) {
    let lines = ProblemLines::of(app, area.width);
    if lines.shown == 0 {
        let text = match app.cursors.least {
            Severity::Error => "no errors",
            Severity::Warning => "no errors or warnings",
            Severity::Note => "no problems",
        };
        canvas.line(area, Role::Text).skip(1).put(text, Role::Dim);
        return;
    }
    let offset = app.scroll.of(app.view);
    for nth in 0..usize::from(area.height) {
        let line = offset + nth;
        let below = line.checked_sub(lines.selected + 1).and_then(|nth| lines.below.get(nth));
        if let Some(below) = below {
            draw_below(canvas, area, nth, below);
        } else if let Some(head) = lines.head_at(line)
            && let Some(problem) = app.problems().problems.get(head)
        {
            draw_head(canvas, app, (area, nth), problem, head == lines.selected);
        }
    }
}

fn draw_head(
    canvas: &mut Canvas<'_>,
    app: &App,
    (area, nth): (Rect, usize),
    problem: &Problem,
    is_selected: bool,
) {
    let ground = if is_selected { Role::Selection } else { Role::Text };
    let y = area.y + u16::try_from(nth).unwrap_or_default();
    if is_selected {
        canvas.fill(Rect { y, height: 1, ..area }, Role::Selection);
    }
    let (glyph, role) = sign(problem.severity);
    let sign = canvas.glyph(glyph);
    let lines = app.session.revision().document.lines();
    let mut at: Vec<u32> = problem.spans.iter().map(|span| lines.line_at(span.start)).collect();
    at.dedup();
    let places: Vec<String> = at.iter().take(2).map(ToString::to_string).collect();
    let place = match places.len() {
        0 => String::new(),
        1 => format!("line {}", places.concat()),
        _ => format!("lines {}", places.join(", ")),
    };
    let ink = |role: Role| if is_selected { ground } else { role };
    let mut line = canvas.row(area, nth, ground);
    line.skip(1).put(sign, role).skip(1).put(problem.code.as_str(), ink(Role::Device)).skip(2);
    let room = line.room().saturating_sub(super::columns::columns(&place) + 3);
    if !is_selected && room > 8 {
        line.cell(&problem.message, ink(Role::Dim), room);
    }
    if room > 0 {
        line.go_right(super::columns::columns(&place) + 1).put(&place, ink(Role::Dim));
    }
}

fn draw_below(canvas: &mut Canvas<'_>, area: Rect, nth: usize, below: &OpenedLine) {
    let bar = canvas.glyph(Glyph::Bar);
    let mut line = canvas.row(area, nth, Role::Text);
    line.skip(INDENT);
    match below {
        OpenedLine::Text(role, text) => line.put(text, *role),
        OpenedLine::Source(number, text) => {
            line.put(&format!("{number:>5} "), Role::Dim).put(bar, Role::Rule).skip(1);
            line.put(text, Role::XmlTag)
        }
        OpenedLine::Fix(letter, text) => {
            line.sign(*letter, Role::Key).skip(2).put(text, Role::Text)
        }
    };
}

/// The sign and colour of how bad something is.
pub(super) fn sign(severity: Severity) -> (Glyph, Role) {
    match severity {
        Severity::Error => (Glyph::Error, Role::ProblemError),
        Severity::Warning => (Glyph::Warning, Role::ProblemWarning),
        Severity::Note => (Glyph::Note, Role::ProblemNote),
    }
}
