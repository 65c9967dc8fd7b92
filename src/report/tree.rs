//! The device tree as text.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::Style;
use crate::model::Domain;
use crate::rows::{Fold, Guest, Headroom, LiveMark, Mark, Row};
use crate::text::pad;

/// The widest column of a tree, in terminal cells.
const WIDEST: usize = 44;

/// The width of a column of texts, in terminal cells: that of the longest text of at most `widest`. A longer one runs over
/// and pushes no other row, so that a guest with one endless name is not printed with that many blanks in each row.
pub(super) fn column<'t>(texts: impl IntoIterator<Item = &'t String>, widest: usize) -> usize {
    let widths = texts.into_iter().map(|text| text.width());
    widths.filter(|width| *width <= widest).max().unwrap_or_default()
}

/// A row to print: cells without colour.
struct PrintedRow {
    mark: Mark,
    live: &'static str,
    /// The place, behind its indentation and whether it is folded.
    left: String,
    is_root: bool,
    title: String,
    detail: String,
    guest: String,
}

/// The rows of a tree, in columns.
pub fn tree(rows: &[Row], style: Style) -> String {
    let lines: Vec<PrintedRow> = rows.iter().map(|row| line(row, style)).collect();
    let first = column(lines.iter().map(|line| &line.left), WIDEST);
    let title = column(lines.iter().map(|line| &line.title), WIDEST);
    let detail = column(lines.iter().map(|line| &line.detail), WIDEST);
    // Beside a running guest each row gets a word about the comparison.
    let second = lines.iter().map(|line| line.live.width()).max().unwrap_or_default();
    let mut out = String::new();
    for line in &lines {
        let mut text = pad(&line.left, first);
        text.push_str("  ");
        let mark = if style.plain {
            pad(line.mark.as_str(), 8)
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

fn painted(style: Style, line: &PrintedRow, text: &str) -> String {
    match line.mark {
        Mark::None if line.is_root => style.heading(text),
        Mark::None | Mark::Static | Mark::Dynamic => text.to_owned(),
        mark => style.mark(mark, text),
    }
}

fn line(row: &Row, style: Style) -> PrintedRow {
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
    PrintedRow {
        mark: row.mark,
        live: row.live.map_or("", LiveMark::as_str),
        left: [pad("", usize::from(row.depth) * 2), style.safe(fold), style.safe(&row.place)]
            .concat(),
        is_root: row.depth == 0,
        title: style.safe(&row.title),
        detail: style.safe(&row.detail),
        guest: match &row.name {
            Some(name) if seen.is_empty() => format!("{:17} {}", "", style.safe(name)),
            Some(name) => format!("{seen:17} {}", style.safe(name)),
            None => seen,
        },
    }
}

/// Three lines: the guest, whether everything is drawn, and how many places are free.
pub fn summary(guest: Guest<'_>, rows: &[Row], rooms: &[Headroom], style: Style) -> String {
    let Guest { domain, topology } = guest;
    let drawn: u32 = rows.iter().map(|row| row.devices).sum();
    let all = domain.devices.iter().filter(|device| !device.is_implied()).count();
    let rooms: Vec<String> = rooms
        .iter()
        .map(|room| format!("{} {} of {}", room.label(), room.free, room.all))
        .collect();
    let mut out = match usize::try_from(drawn) {
        Ok(drawn) if drawn == all => format!("{all} devices"),
        _ => format!("{drawn} of {all} devices shown"),
    };
    let conflicts = topology.nodes().filter(|(_, node)| node.contested).count();
    if conflicts > 0 {
        // Writing to a String cannot fail.
        let _ = write!(out, ", {conflicts} in places used twice");
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
