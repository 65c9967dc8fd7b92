//! The cells of the grids of slots and drives, and the targets they show.

use std::collections::HashMap;

use crate::model::address::Slot;
use crate::rows::{DriveRow, FunctionCell, Guest, SlotCell, SlotsView, Target, path, target_of};
use crate::topology::{BusNo, Place};

/// A cell of the slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotCursor {
    /// A slot of the bus in this row.
    Bus(usize, Slot),
    /// The port with this number.
    Port(usize),
}

/// Drive controllers and their units.
#[derive(Debug, Default)]
pub struct Matrix {
    /// Controllers, each with its units.
    pub rows: Vec<DriveRow>,
    index: HashMap<Target, (usize, usize)>,
}

impl Matrix {
    pub(super) fn new(guest: Guest<'_>, mut rows: Vec<DriveRow>) -> Self {
        for row in &mut rows {
            with_buses(guest, row);
        }
        let mut index = HashMap::new();
        for (nth, row) in rows.iter().enumerate() {
            // A controller is looked for at its first unit.
            let parent = row.bus.and_then(|no| guest.topology.bus(no)).and_then(|bus| bus.parent);
            if let Some(target) = parent.and_then(|no| target_of(guest, no)) {
                index.entry(target).or_insert((nth, 0));
            }
            for (cell_nth, cell) in row.cells.iter().enumerate() {
                let free = row.bus.and_then(|no| guest.topology.bus(no)).map(|bus| bus.id);
                let free = free.filter(|_| cell.devices.is_empty());
                let free = free.map(|bus| Target::Free(bus, cell.place));
                let free = free.filter(|_| cell.live.is_none());
                let devices = cell.devices.iter().map(|key| Target::Device(*key));
                let targets = devices.chain(cell.live).chain(free);
                for target in targets {
                    index.entry(target).or_insert((nth, cell_nth));
                }
            }
        }
        Self { rows, index }
    }

    /// The unit that shows `target`: row and cell.
    pub fn cell_of(&self, target: Target) -> Option<(usize, usize)> {
        self.index.get(&target).copied()
    }

    /// What selecting a unit selects.
    pub fn target(&self, guest: Guest<'_>, row: usize, cell: usize) -> Option<Target> {
        let row = self.rows.get(row)?;
        let cell = row.cells.get(cell)?;
        match (cell.devices.first(), cell.live) {
            (Some(key), _) => Some(Target::Device(*key)),
            (None, Some(live)) => Some(live),
            (None, None) => Some(Target::Free(guest.topology.bus(row.bus?)?.id, cell.place)),
        }
    }
}

impl SlotCursor {
    /// The cell that shows `target`: its own, or its controller's.
    pub fn of(view: &SlotsView, guest: Guest<'_>, target: Target) -> Option<Self> {
        let steps = path(guest, target);
        steps.iter().rev().find_map(|step| Self::of_step(view, guest, step.target))
    }

    /// The cell of `target` itself.
    fn of_step(view: &SlotsView, guest: Guest<'_>, target: Target) -> Option<Self> {
        let topology = guest.topology;
        let (bus, slot): (BusNo, Slot) = match target {
            Target::Device(key) | Target::Siblings(key) => {
                let node = topology.node(topology.node_of(key)?)?;
                match (node.bus, node.place.slot()) {
                    (Some(bus), Some(slot)) => (bus, slot),
                    // A root bus is in no slot: the first slot on it is selected.
                    _ => (node.offers?, Slot::default()),
                }
            }
            Target::Chipset(at) => (*topology.roots().first()?, at.slot),
            Target::Live(id) => {
                let node = topology.node(topology.node_of_live(id)?)?;
                (node.bus?, node.place.slot()?)
            }
            Target::Free(id, place) => (topology.bus_no(id)?, place.slot()?),
            Target::Bus(id) => (topology.bus_no(id)?, Slot::default()),
            Target::Unplaced => return None,
        };
        let row = view.buses.iter().position(|row| row.bus == bus);
        let port = || view.ports.iter().position(|port| port.bus == bus);
        row.map(|row| Self::Bus(row, slot)).or_else(|| port().map(Self::Port))
    }

    /// The slot under the cursor with its bus and that one's name.
    pub fn slot(self, view: &SlotsView) -> Option<(&SlotCell, BusNo, &str)> {
        match self {
            Self::Bus(row, slot) => {
                let bus = view.buses.get(row)?;
                Some((bus.cells.get(usize::from(slot.get()))?, bus.bus, &bus.name))
            }
            Self::Port(port) => {
                let port = view.ports.get(port)?;
                Some((&port.cell, port.bus, &port.name))
            }
        }
    }

    /// What selecting the cell selects.
    pub fn target(self, guest: Guest<'_>, view: &SlotsView) -> Option<Target> {
        let (cell, bus, _) = self.slot(view)?;
        // Of several functions the first is the one to begin with.
        let mut nodes: Vec<_> = cell
            .nodes
            .iter()
            .filter_map(|no| Some((guest.topology.node(*no)?.place, *no)))
            .collect();
        nodes.sort_by_key(|(place, _)| *place);
        match nodes.first() {
            Some((_, no)) => target_of(guest, *no),
            None => cell.target(guest, bus),
        }
    }
}

/// A slot alone says little where there are many buses: controllers, and disks that are PCI devices
/// themselves, get their bus.
fn with_buses(guest: Guest<'_>, row: &mut DriveRow) {
    let address = |key| {
        let address = guest.domain.device(key)?.pci()?.to_string();
        Some(address.strip_prefix("0000:").map(str::to_owned).unwrap_or(address))
    };
    match row.bus {
        Some(no) => {
            let parent = guest.topology.bus(no).and_then(|bus| bus.parent);
            let parent = parent.and_then(|no| guest.topology.device(guest.domain, no));
            if let Some(at) = parent.and_then(|device| address(device.key())) {
                row.at = at;
            }
        }
        None => {
            for cell in &mut row.cells {
                if let Some(at) = cell.devices.first().and_then(|key| address(*key)) {
                    cell.label = format!("{} {at}", cell.label);
                }
            }
        }
    }
}

/// What selecting a function of a slot selects: who is there, or the free place.
pub fn function_target(
    guest: Guest<'_>,
    (cell, bus): (&SlotCell, BusNo),
    function: &FunctionCell,
) -> Option<Target> {
    match function.nodes.first() {
        Some(no) => target_of(guest, *no),
        None => {
            let place = Place::Pci(cell.slot, function.function);
            Some(Target::Free(guest.topology.bus(bus)?.id, place))
        }
    }
}
