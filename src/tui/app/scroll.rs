//! The scroll position of each view, and the cursor of the document.

use crate::tui::views::View;

/// The first visible line of each view.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scroll {
    topology: usize,
    slots: usize,
    drives: usize,
    usb: usize,
    problems: usize,
    changes: usize,
    xml: usize,
    /// The line of the document under the cursor, counted from 1; 0 before it was first shown.
    pub line: u32,
    /// The number of columns hidden at the left.
    pub column: usize,
}

impl Scroll {
    /// The offset of one view.
    pub fn of(&self, view: View) -> usize {
        match view {
            View::Topology => self.topology,
            View::Slots => self.slots,
            View::Drives => self.drives,
            View::Usb => self.usb,
            View::Problems => self.problems,
            View::Changes => self.changes,
            View::Xml => self.xml,
        }
    }

    /// The offset of one view, to be set.
    pub fn of_mut(&mut self, view: View) -> &mut usize {
        match view {
            View::Topology => &mut self.topology,
            View::Slots => &mut self.slots,
            View::Drives => &mut self.drives,
            View::Usb => &mut self.usb,
            View::Problems => &mut self.problems,
            View::Changes => &mut self.changes,
            View::Xml => &mut self.xml,
        }
    }
}

/// The offset that shows `row` in a window of `height` rows, moving as little as possible.
pub fn follow(offset: usize, row: usize, height: usize, rows: usize) -> usize {
    let height = height.max(1);
    let lowest = (row + 1).saturating_sub(height);
    offset.clamp(lowest, row.max(lowest)).min(rows.saturating_sub(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_moves_no_further_than_it_must() {
        // offset, row, height, rows, new offset
        let cases = [
            (0, 5, 10, 100, 0),
            (0, 12, 10, 100, 3),
            (50, 12, 10, 100, 12),
            (50, 99, 10, 100, 90),
            (95, 99, 10, 100, 90),
            (0, 0, 0, 0, 0),
            (7, 3, 10, 5, 0),
        ];
        for (offset, row, height, rows, want) in cases {
            assert_eq!(follow(offset, row, height, rows), want, "{offset} {row} {height} {rows}");
        }
    }
}
