//! Drive controllers as rows of units; a controller with many units goes on in the next line.

use unicode_width::UnicodeWidthStr as _;

use super::GridStep;
use crate::rows::{DriveCell, DriveRow, Mark};
use crate::topology::Place;

/// A line of the view: some units of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DriveLine {
    /// The number of the row.
    pub row: usize,
    /// Its first unit in this line.
    pub first: usize,
    /// The unit after its last in this line.
    pub last: usize,
    /// Columns from one unit to the next.
    pub cell: u16,
}

/// The positions of the units at one width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriveGrid {
    /// Columns before the first unit.
    pub label: u16,
    /// All lines of the view.
    pub lines: Vec<DriveLine>,
}

/// The largest width of a unit; its name is cut.
const WIDEST: usize = 18;

/// The text of a unit, after its sign.
pub fn cell_text(cell: &DriveCell, nth: usize) -> String {
    match (cell.mark, cell.place) {
        (Mark::Free | Mark::Reserved, _) => String::new(),
        (_, Place::Drive { unit, .. }) if usize::try_from(unit) == Ok(nth) => cell.label.clone(),
        (_, Place::Drive { unit, .. }) => format!("{} {unit}", cell.label),
        (_, Place::Pci(..)) => cell.label.clone(),
        (_, place) => format!("{} {place}", cell.label).trim_end().to_owned(),
    }
}

/// The width from which on the model of a controller is shown.
const WITH_MODEL: u16 = 100;

/// The text before the units of a row in a view of this width: name, model, place, part.
pub fn row_label(row: &DriveRow, width: u16) -> [&str; 4] {
    let model = if width < WITH_MODEL { "" } else { row.model.as_str() };
    let at = if width < crate::tui::layout::NARROW { "" } else { row.at.as_str() };
    [&row.name, model, at, &row.part]
}

/// The number of cells from the first on that are units 0, 1, 2 and so on.
fn in_step(row: &DriveRow) -> usize {
    let is_in_step = |(nth, cell): &(usize, &DriveCell)| match cell.place {
        Place::Drive { unit, .. } => usize::try_from(unit) == Ok(*nth),
        _ => false,
    };
    row.cells.iter().enumerate().take_while(is_in_step).count()
}

impl DriveGrid {
    /// The grid of `rows` in so many columns.
    pub fn of(rows: &[DriveRow], width: u16) -> Self {
        let label = rows.iter().map(|row| {
            let words = row_label(row, width);
            words.iter().filter(|word| !word.is_empty()).map(|word| word.width() + 1).sum::<usize>()
        });
        let label = u16::try_from(label.max().unwrap_or_default() + 2).unwrap_or(u16::MAX);
        let label = label.min(width / 2);
        let widest = |texts: &mut dyn Iterator<Item = String>| {
            let width = texts.map(|text| text.width()).max().unwrap_or_default();
            // The sign before and two blanks behind.
            u16::try_from(width.clamp(2, WIDEST) + 3).unwrap_or_default()
        };
        let texts = |row: &DriveRow, from: usize, to: usize| -> Vec<String> {
            let cells = row.cells.iter().enumerate().skip(from).take(to.saturating_sub(from));
            cells.map(|(nth, cell)| cell_text(cell, nth)).collect()
        };
        let regular = widest(&mut rows.iter().flat_map(|row| texts(row, 0, in_step(row))));
        let room = width.saturating_sub(label);
        let mut lines = Vec::new();
        for (nth, row) in rows.iter().enumerate() {
            let (step, end) = (in_step(row), row.cells.len());
            let other = widest(&mut texts(row, step, end).into_iter());
            for (from, to, cell) in [(0, step, regular), (step, end, other)] {
                let fit = usize::from(room / cell).max(1);
                // Eight or sixteen in a line are easier to count than thirteen.
                let round = [16, 8, 4].into_iter().find(|n| *n <= fit).unwrap_or(fit);
                let per_line = if to - from <= fit { fit } else { round };
                for first in (from..to).step_by(per_line) {
                    let last = (first + per_line).min(to);
                    lines.push(DriveLine { row: nth, first, last, cell });
                }
            }
            if end == 0 {
                lines.push(DriveLine { row: nth, first: 0, last: 0, cell: regular });
            }
        }
        Self { label, lines }
    }

    /// The line and the first column of a unit.
    pub fn at(&self, row: usize, cell: usize) -> Option<(usize, u16)> {
        // Lines are in the order of rows and units.
        let line = self.lines.partition_point(|line| (line.row, line.last) <= (row, cell));
        let found = self.lines.get(line).filter(|found| found.row == row && found.first <= cell)?;
        let nth = u16::try_from(cell - found.first).ok()?;
        Some((line, self.label + nth * found.cell))
    }

    /// The unit in this column of a line, if there is one.
    pub fn hit(&self, line: usize, column: u16) -> Option<(usize, usize)> {
        let line = self.lines.get(line)?;
        let nth = usize::from(column.checked_sub(self.label)? / line.cell.max(1));
        (line.first + nth < line.last).then_some((line.row, line.first + nth))
    }

    /// The first unit of all, or the last.
    pub fn end(&self, last: bool) -> Option<(usize, usize)> {
        let with_cells = |line: &&DriveLine| line.first < line.last;
        if last {
            let line = self.lines.iter().rev().find(with_cells)?;
            Some((line.row, line.last - 1))
        } else {
            self.lines.iter().find(with_cells).map(|line| (line.row, line.first))
        }
    }

    /// The unit a step further; the same one at an edge.
    pub fn step(&self, (row, cell): (usize, usize), step: GridStep) -> (usize, usize) {
        let Some((line, column)) = self.at(row, cell) else { return (row, cell) };
        if step.down == 0 {
            let ends = self.lines.iter().filter(|line| line.row == row).map(|line| line.last);
            let last = ends.max().unwrap_or_default().saturating_sub(1);
            return (row, cell.saturating_add_signed(step.right).min(last));
        }
        let with_cells: Vec<&DriveLine> =
            self.lines.iter().filter(|line| line.first < line.last).collect();
        let here = self.lines.get(line);
        let here = with_cells.iter().position(|line| Some(*line) == here).unwrap_or_default();
        let there = here.saturating_add_signed(step.down).min(with_cells.len().saturating_sub(1));
        with_cells.get(there).map_or((row, cell), |line| {
            let nth = usize::from(column.saturating_sub(self.label) / line.cell.max(1));
            (line.row, (line.first + nth).min(line.last - 1))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::Revision;
    use crate::rows::drives;

    #[test]
    fn every_unit_is_found_where_it_is_drawn() {
        let revision = Revision::build(crate::sources::generate(3000)).unwrap();
        let rows = drives(revision.guest());
        for width in [20, 40, 80, 200] {
            let grid = DriveGrid::of(&rows, width);
            for (row, units) in rows.iter().enumerate() {
                for cell in (0..units.cells.len()).step_by(7) {
                    let (line, column) = grid.at(row, cell).unwrap();
                    assert_eq!(grid.hit(line, column), Some((row, cell)), "{width}");
                }
            }
        }
    }

    #[test]
    fn steps_end_at_the_edges() {
        let revision = Revision::build(crate::sources::generate(300)).unwrap();
        let rows = drives(revision.guest());
        let grid = DriveGrid::of(&rows, 80);
        let (first, last) = (grid.end(false).unwrap(), grid.end(true).unwrap());
        assert_eq!(grid.step(first, GridStep { right: -3, down: 0 }), first);
        assert_eq!(grid.step(first, GridStep { right: 0, down: -3 }), first);
        assert_eq!(grid.step(last, GridStep { right: 3, down: 0 }), last);
        assert_ne!(grid.step(first, GridStep { right: 1, down: 0 }), first);
    }
}
