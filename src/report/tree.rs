//! The device tree as text.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::Style;
use crate::model::Domain;
use crate::rows::{Fold, Guest, Headroom, LiveMark, Mark, Row};

/// A column wider than this does not push the next one further; its text runs over.
const WIDEST: usize = 44;

/// One row as it will be printed: cells without colour.
struct Line {
    mark: Mark,
    live: &'static str,
    fold: String,
    indent: usize,
    place: String,
    title: String,
    detail: String,
    guest: String,
}

/// The rows of a tree, in columns.
pub fn tree(rows: &[Row], style: Style) -> String {
    let lines: Vec<Line> = rows.iter().map(|row| line(row, style)).collect();
    let width = |cell: fn(&Line) -> usize| {
        lines.iter().map(cell).filter(|width| *width <= WIDEST).max().unwrap_or_default()
    };
    let first = width(|line| line.indent + 2 + line.place.width());
    let title = width(|line| line.title.width());
    let detail = width(|line| line.detail.width());
    // Beside a running guest each row says in a word how it compares.
    let second = width(|line| line.live.width());
    let mut out = String::new();
    for line in &lines {
        let left = format!("{:indent$}{}{}", "", line.fold, line.place, indent = line.indent);
        let mut text = pad(&left, first);
        text.push_str("  ");
        let mark = if style.plain {
            pad(line.mark.word(), 8)
        } else {
            line.mark.glyph(style.glyphs).to_string()
        };
        text.push_str(&style.mark(line.mark, &mark));
        text.push(' ');
        if second > 0 {
            text.push_str(&style.dim(&pad(line.live, second)));
            text.push(' ');
        }
        text.push_str(&painted(style, line, &pad(&line.title, title)));
        if !line.detail.is_empty() || !line.guest.is_empty() {
            text.push_str("  ");
            text.push_str(&style.dim(&pad(&line.detail, detail)));
            text.push_str("  ");
            text.push_str(&style.dim(&line.guest));
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

fn painted(style: Style, line: &Line, text: &str) -> String {
    match line.mark {
        Mark::None if line.indent == 0 => style.heading(text),
        Mark::None | Mark::Static | Mark::Dynamic => text.to_owned(),
        mark => style.mark(mark, text),
    }
}

fn line(row: &Row, style: Style) -> Line {
    let fold = match row.fold {
        Fold::Open if !style.plain => "▾ ",
        Fold::Closed if !style.plain => "▸ ",
        _ => "  ",
    };
    let seen = match (row.guest, row.id) {
        (Some(guest), Some(id)) => format!("{guest} {id}"),
        (Some(guest), None) => guest.to_string(),
        (None, Some(id)) => format!("{:7} {id}", ""),
        (None, None) => String::new(),
    };
    Line {
        mark: row.mark,
        live: row.live.map_or("", LiveMark::word),
        fold: style.safe(fold),
        indent: usize::from(row.depth) * 2,
        place: style.safe(&row.place),
        title: style.safe(&row.title),
        detail: style.safe(&row.detail),
        guest: match &row.name {
            Some(name) if seen.is_empty() => format!("{:17} {}", "", style.safe(name)),
            Some(name) => format!("{seen:17} {}", style.safe(name)),
            None => seen,
        },
    }
}

/// `text` and blanks up to `width` columns.
pub(super) fn pad(text: &str, width: usize) -> String {
    let blanks = width.saturating_sub(text.width());
    format!("{text}{:blanks$}", "")
}

/// One line each: who the guest is, whether everything is drawn, how much room is left.
pub fn summary(guest: Guest<'_>, rows: &[Row], rooms: &[Headroom], style: Style) -> String {
    let Guest { domain, topology } = guest;
    let drawn: u32 = rows.iter().map(|row| row.devices).sum();
    let all = domain.devices.iter().filter(|device| !device.is_implied()).count();
    let rooms: Vec<String> =
        rooms.iter().map(|room| format!("{} {} of {}", room.name, room.free, room.all)).collect();
    let mut out = format!("drawn {drawn} of {all} devices");
    let conflicts = topology.residents().filter(|(_, resident)| resident.contested).count();
    if conflicts > 0 {
        // Writing to a String cannot fail.
        let _ = write!(out, ", {conflicts} in places that others claim too");
    }
    out.push('\n');
    if !rooms.is_empty() {
        out.push_str(&style.dim(&format!("free: {}", rooms.join(", "))));
        out.push('\n');
    }
    out
}

/// The first line: name, machine, architecture.
pub fn heading(domain: &Domain, source: &str, style: Style) -> String {
    let machine = domain.machine.as_deref().unwrap_or("no machine type");
    let name = if domain.name.is_empty() { "unnamed" } else { &domain.name };
    format!(
        "{}  {} {}  {}\n",
        style.heading(&style.safe(name)),
        style.safe(machine),
        style.safe(&domain.arch_name),
        style.dim(&style.safe(source))
    )
}
