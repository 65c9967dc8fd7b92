//! Rows of a tree with an index and column widths.

use std::collections::HashMap;

use unicode_width::UnicodeWidthStr as _;

use crate::rows::{Guest, PathStep, Row, Target, path};

/// The widths of a tree's columns, over all rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Widths {
    /// Indentation, fold sign and place.
    pub place: u16,
    /// Width of the title.
    pub title: u16,
}

/// Columns do not grow beyond these.
const WIDEST: Widths = Widths { place: 26, title: 30 };

/// Rows that can be walked through.
#[derive(Debug, Default)]
pub struct Tree {
    /// The rows of the tree.
    pub rows: Vec<Row>,
    /// The widths of the columns.
    pub widths: Widths,
    index: HashMap<Target, usize>,
}

impl Tree {
    /// The rows that contain `filter`, and those above them; all without one.
    pub fn new(rows: Vec<Row>, filter: &str) -> Self {
        let rows = filtered(rows, filter);
        let index = rows.iter().enumerate().map(|(nth, row)| (row.target, nth)).collect();
        Self { widths: widths(&rows), index, rows }
    }

    /// The row that shows `target`: its own, the one it is folded into, or its parent's.
    pub fn row_of(&self, guest: Guest<'_>, target: Target) -> Option<usize> {
        if let Some(row) = self.index.get(&target) {
            return Some(*row);
        }
        if let Target::Free(id, place) = target {
            let bus = guest.topology.bus_no(id).and_then(|no| guest.topology.bus(no));
            let runs = bus.map(crate::topology::Bus::free_runs).unwrap_or_default();
            let run = runs.into_iter().find(|run| run.first <= place && place <= run.last);
            let row = run.and_then(|run| self.index.get(&Target::Free(id, run.first)));
            if let Some(row) = row {
                return Some(*row);
            }
        }
        // Siblings folded into one row are found by walking back to the first of them.
        if let Some(row) = self.siblings_of(guest, target) {
            return Some(row);
        }
        let steps: Vec<PathStep> = path(guest, target);
        steps.iter().rev().find_map(|step| self.index.get(&step.target).copied())
    }

    fn siblings_of(&self, guest: Guest<'_>, target: Target) -> Option<usize> {
        let Target::Device(key) = target else { return None };
        let topology = guest.topology;
        let bus = topology.bus(topology.node(topology.node_of(key)?)?.bus?)?;
        let at = bus.nodes.iter().position(|no| topology.node_of(key) == Some(*no))?;
        bus.nodes.iter().take(at + 1).rev().find_map(|no| {
            let device = topology.device(guest.domain, *no)?;
            self.index.get(&Target::Siblings(device.key())).copied()
        })
    }

    /// Whether a row contains `wanted`, ignoring case.
    pub fn matches(&self, nth: usize, wanted: &str) -> bool {
        self.rows.get(nth).is_some_and(|row| contains(row, &wanted.to_lowercase()))
    }

    /// The rows from `from` on, around the end, that contain `wanted` themselves.
    pub fn search(&self, from: usize, forwards: bool, wanted: &str) -> Option<usize> {
        let wanted = wanted.to_lowercase();
        let count = self.rows.len();
        (1..=count)
            .map(|step| if forwards { from + step } else { from + count - step } % count)
            .find(|nth| self.rows.get(*nth).is_some_and(|row| contains(row, &wanted)))
    }
}

/// Walking upwards, a row is kept for its own sake or for that of a deeper one below it.
fn filtered(rows: Vec<Row>, filter: &str) -> Vec<Row> {
    if filter.is_empty() {
        return rows;
    }
    let wanted = filter.to_lowercase();
    let mut keep = vec![false; rows.len()];
    let mut needed: Option<u16> = None;
    for (row, keep) in rows.iter().zip(&mut keep).rev() {
        let is_above = needed.is_some_and(|depth| row.depth < depth);
        if is_above || contains(row, &wanted) {
            *keep = true;
            needed = Some(row.depth);
        }
    }
    rows.into_iter().zip(keep).filter_map(|(row, keep)| keep.then_some(row)).collect()
}

/// Whether a row contains `wanted`, which is in lower case.
fn contains(row: &Row, wanted: &str) -> bool {
    [&row.place, &row.title, &row.detail].iter().any(|text| text.to_lowercase().contains(wanted))
}

fn widths(rows: &[Row]) -> Widths {
    let width = |cell: &dyn Fn(&Row) -> usize, widest: u16| {
        let widths = rows.iter().map(cell).filter(|width| *width <= usize::from(widest));
        u16::try_from(widths.max().unwrap_or_default()).unwrap_or(widest)
    };
    Widths {
        place: width(&|row| usize::from(row.depth) * 2 + 2 + row.place.width(), WIDEST.place),
        // A title with nothing behind it may run over.
        title: width(
            &|row| if row.detail.is_empty() { 0 } else { row.title.width() },
            WIDEST.title,
        ),
    }
}
