//! Drive controllers as a matrix.

use std::fmt::Write as _;

use super::Style;
use super::tree::column;
use crate::rows::{DriveCell, DriveRow, Mark};
use crate::text::pad;
use crate::topology::Place;

/// The widest first column, in terminal cells: controller, model, address and target.
const WIDEST: usize = 72;

/// A row for each bus or target of a controller, a cell for each unit.
pub fn drives(rows: &[DriveRow], style: Style) -> String {
    if rows.is_empty() {
        return "no drives and no drive controllers\n".to_owned();
    }
    let left: Vec<String> = rows
        .iter()
        .map(|row| {
            let words = [row.name.as_str(), &row.model, &row.at, &row.part];
            let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
            style.safe(&words.join(" "))
        })
        .collect();
    let width = column(&left, WIDEST);
    let mut out = String::new();
    for (row, left) in rows.iter().zip(&left) {
        let cells: Vec<String> = row.cells.iter().map(|one| cell(one, style)).collect();
        let more = match row.more {
            0 => String::new(),
            more => style.dim(&format!("  and {more} more units")),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}  {}{more}", pad(left, width), cells.join("  "));
    }
    out
}

fn cell(cell: &DriveCell, style: Style) -> String {
    let sign = cell.mark.glyph(style.glyphs);
    let label = style.safe(&cell.label);
    let text = match (cell.mark, cell.place) {
        (Mark::Free | Mark::Reserved, _) => sign.to_string(),
        (_, Place::Drive { unit, .. }) => format!("{sign}{unit}:{label}"),
        _ => format!("{sign}{label} {}", cell.at),
    };
    style.mark(cell.mark, text.trim_end())
}
