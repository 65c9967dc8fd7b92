//! PCI buses as rows of 32 cells; ports, which have one place each, side by side below.

use ratatui::layout::Rect;

use super::GridStep;
use crate::model::PciModel;
use crate::model::address::Slot;
use crate::rows::SlotsView;
use crate::tui::app::SlotCursor;
use crate::tui::layout::LARGEST;

/// A line of the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotLine {
    /// The bus of this row.
    Bus(usize),
    /// An empty line.
    Blank,
    /// The heading with the number of ports.
    PortsTitle,
    /// The numbers of the ports from the first up to before the last.
    PortNames(usize, usize),
    /// The cells of these ports.
    Ports(usize, usize),
}

/// The positions of the cells at one width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotGrid {
    /// Columns before the first cell of a bus.
    pub label: u16,
    /// Columns from one slot to the next.
    pub cell: u16,
    /// Columns from one port to the next.
    pub port: u16,
    /// All lines of the view.
    pub lines: Vec<SlotLine>,
}

/// The parts of the view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlotAreas {
    /// The numbers of the slots.
    pub scale: Rect,
    /// Buses and ports.
    pub body: Rect,
    /// The functions of the selected slot.
    pub functions: Rect,
}

const SLOTS: u16 = 32;

impl SlotAreas {
    /// Divides the view's area for a grid of so many lines: the functions are right below it.
    pub fn of(area: Rect, lines: usize) -> Self {
        let scale = if area.height >= 12 { 2 } else { 1 };
        let functions = match area.height {
            0..6 => 0,
            6..12 => 2,
            _ => 5,
        };
        let wanted = u16::try_from(lines + 1).unwrap_or(u16::MAX);
        let body = area.height.saturating_sub(scale + functions).min(wanted);
        let part = |y: u16, height: u16| Rect { y: area.y + y, height, ..area }.intersection(area);
        Self {
            scale: part(0, scale),
            body: part(scale, body),
            functions: part(scale + body, functions),
        }
    }
}

/// A short name of a bus controller's model, beside 32 cells.
pub fn model_word(model: PciModel) -> &'static str {
    match model {
        PciModel::PciRoot | PciModel::PcieRoot => "root",
        PciModel::PciBridge => "bridge",
        PciModel::DmiToPciBridge => "dmi",
        PciModel::PcieToPciBridge => "to-pci",
        PciModel::PcieRootPort | PciModel::PcieSwitchDownstreamPort => "port",
        PciModel::PcieSwitchUpstreamPort => "switch",
        PciModel::PciExpanderBus => "pxb",
        PciModel::PcieExpanderBus => "pxb-pcie",
    }
}

impl SlotGrid {
    /// The grid of `view` in so many columns.
    pub fn of(view: &SlotsView, width: u16) -> Self {
        let longest = |words: &mut dyn Iterator<Item = usize>| {
            u16::try_from(words.max().unwrap_or_default()).unwrap_or(LARGEST).min(LARGEST)
        };
        let name = longest(&mut view.buses.iter().map(|bus| bus.name.len()));
        let model = longest(&mut view.buses.iter().map(|bus| model_word(bus.model).len()));
        // One blank before the name, one before the model, one before the cells; two columns for
        // each slot, and blanks between the two halves if they fit.
        let with_model = 1 + name + 1 + model + 1;
        let free =
            1 + longest(&mut view.buses.iter().map(|bus| format!("{} free", bus.free).len()));
        // The number of free places is shown rather than the model.
        let forms = [
            (with_model, 2, free),
            (name + 2, 2, free),
            (name + 2, 2, 0),
            (with_model, 1, free),
            (name + 2, 1, 0),
        ];
        let fits = |(label, cell, free): &(u16, u16, u16)| {
            label + SLOTS * cell + free <= width.saturating_add(cell - 1)
        };
        let (label, cell, _) = forms.into_iter().find(fits).unwrap_or((name + 2, 1, 0));
        let digits = view.ports.iter().filter_map(|port| port.name.rsplit_once('.'));
        let port = longest(&mut digits.map(|(_, digits)| digits.len())).max(1) + 1;
        let per_line = usize::from(width.saturating_sub(2) / port).max(1);
        let mut lines: Vec<SlotLine> = (0..view.buses.len()).map(SlotLine::Bus).collect();
        if !view.ports.is_empty() {
            if !lines.is_empty() {
                lines.push(SlotLine::Blank);
            }
            lines.push(SlotLine::PortsTitle);
            for first in (0..view.ports.len()).step_by(per_line) {
                let last = (first + per_line).min(view.ports.len());
                lines.push(SlotLine::PortNames(first, last));
                lines.push(SlotLine::Ports(first, last));
            }
        }
        Self { label, cell, port, lines }
    }

    /// The line and the first column of a cell.
    pub fn at(&self, cursor: SlotCursor) -> Option<(usize, u16)> {
        match cursor {
            SlotCursor::Bus(row, slot) => {
                let line = self.lines.iter().position(|line| *line == SlotLine::Bus(row))?;
                Some((line, self.label + u16::from(slot.get()) * self.cell))
            }
            SlotCursor::Port(port) => {
                self.lines.iter().enumerate().find_map(|(line, what)| match what {
                    SlotLine::Ports(first, last) if (*first..*last).contains(&port) => {
                        let nth = u16::try_from(port - first).ok()?;
                        Some((line, 1 + nth * self.port))
                    }
                    _ => None,
                })
            }
        }
    }

    /// The cell in this column of a line, if there is one.
    pub fn hit(&self, line: usize, column: u16) -> Option<SlotCursor> {
        match self.lines.get(line)? {
            SlotLine::Bus(row) => {
                let slot = column.checked_sub(self.label)? / self.cell.max(1);
                Some(SlotCursor::Bus(*row, Slot::new(u32::from(slot))?))
            }
            SlotLine::Ports(first, last) | SlotLine::PortNames(first, last) => {
                let nth = usize::from(column.checked_sub(1)? / self.port.max(1));
                (first + nth < *last).then_some(SlotCursor::Port(first + nth))
            }
            SlotLine::Blank | SlotLine::PortsTitle => None,
        }
    }

    /// The first cell of all.
    pub fn first(&self) -> Option<SlotCursor> {
        self.lines.iter().find_map(|line| self.nearest(line, 0))
    }

    /// The last cell of all.
    pub fn last(&self) -> Option<SlotCursor> {
        self.lines.iter().rev().find_map(|line| self.nearest(line, u16::MAX))
    }

    /// The cell a step further; the same one at an edge.
    pub fn step(&self, cursor: SlotCursor, step: GridStep) -> SlotCursor {
        let Some((line, column)) = self.at(cursor) else { return cursor };
        if step.down == 0 {
            return self.sideways(cursor, line, step.right);
        }
        let with_cells: Vec<usize> = (0..self.lines.len())
            .filter(|line| {
                matches!(self.lines.get(*line), Some(SlotLine::Bus(_) | SlotLine::Ports(..)))
            })
            .collect();
        let here = with_cells.iter().position(|nth| *nth == line).unwrap_or_default();
        let there = here.saturating_add_signed(step.down).min(with_cells.len().saturating_sub(1));
        let line = with_cells.get(there).and_then(|line| self.lines.get(*line));
        line.and_then(|line| self.nearest(line, column)).unwrap_or(cursor)
    }

    fn sideways(&self, cursor: SlotCursor, line: usize, right: isize) -> SlotCursor {
        match (cursor, self.lines.get(line)) {
            (SlotCursor::Bus(row, slot), _) => {
                let slot = usize::from(slot.get()).saturating_add_signed(right);
                let slot = u32::try_from(slot).unwrap_or(u32::MAX).min(u32::from(SLOTS) - 1);
                Slot::new(slot).map_or(cursor, |slot| SlotCursor::Bus(row, slot))
            }
            (SlotCursor::Port(port), Some(SlotLine::Ports(..))) => {
                let last = self.lines.iter().rev().find_map(|line| match line {
                    SlotLine::Ports(_, last) => last.checked_sub(1),
                    _ => None,
                });
                SlotCursor::Port(port.saturating_add_signed(right).min(last.unwrap_or(port)))
            }
            _ => cursor,
        }
    }

    fn nearest(&self, line: &SlotLine, column: u16) -> Option<SlotCursor> {
        match line {
            SlotLine::Bus(row) => {
                let slot = column.saturating_sub(self.label) / self.cell.max(1);
                let slot = Slot::new(u32::from(slot.min(SLOTS - 1)))?;
                Some(SlotCursor::Bus(*row, slot))
            }
            SlotLine::Ports(first, last) => {
                let nth = usize::from(column.saturating_sub(1) / self.port.max(1));
                Some(SlotCursor::Port((first + nth).min(last.checked_sub(1)?)))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::Revision;
    use crate::rows::slots;

    fn view(devices: u32) -> SlotsView {
        let revision = Revision::build(crate::sources::generate(devices)).unwrap();
        slots(revision.guest())
    }

    #[test]
    fn every_cell_is_found_where_it_is_drawn() {
        let view = view(200);
        for width in [20, 40, 60, 80, 200] {
            let grid = SlotGrid::of(&view, width);
            let slots = Slot::all().map(|slot| SlotCursor::Bus(0, slot));
            let ports = (0..view.ports.len()).map(SlotCursor::Port);
            for cursor in slots.chain(ports) {
                let (line, column) = grid.at(cursor).unwrap();
                assert_eq!(grid.hit(line, column), Some(cursor), "{width}");
            }
        }
    }

    #[test]
    fn the_cells_of_a_bus_fit_where_they_can() {
        let view = view(40);
        for (width, cell) in [(40, 1), (79, 2), (80, 2), (120, 2)] {
            let grid = SlotGrid::of(&view, width);
            assert_eq!(grid.cell, cell, "{width}");
            assert!(grid.label + 32 * cell < width + cell, "{width}");
        }
    }

    #[test]
    fn steps_end_at_the_edges() {
        let view = view(200);
        let grid = SlotGrid::of(&view, 80);
        let far = |right, down| GridStep { right, down };
        let first = grid.first().unwrap();
        assert_eq!(grid.step(first, far(-1, 0)), first);
        assert_eq!(grid.step(first, far(0, -1)), first);
        let last = grid.last().unwrap();
        assert_eq!(last, SlotCursor::Port(view.ports.len() - 1));
        assert_eq!(grid.step(last, far(5, 0)), last);
        assert!(matches!(grid.step(first, far(0, 1)), SlotCursor::Port(_)));
    }
}
