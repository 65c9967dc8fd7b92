//! Rows and cells of the guest, made when the guest, the folds or the filter change, each when it
//! is first looked at.

use std::collections::HashMap;

use super::changes::ChangeList;
use super::problems::ProblemList;
use super::tree::Tree;
use crate::check::Allowed;
use crate::edit::Revision;
use crate::model::address::Slot;
use crate::model::{ControllerIndex, Device};
use crate::rows::{
    Detail, DriveRow, Folds, FunctionCell, Guest, GuestNames, Headroom, LiveGuest, Row, Running,
    SlotCell, SlotsView, Target, Token, Whereabouts, details, drives, headroom, path, slots,
    target_of, tokens, topology, usb,
};
use crate::text::Span;
use crate::topology::{BusId, BusNo, LiveId, LiveRole, Place};

/// Everything that is derived from the guest for drawing.
#[derive(Debug, Default)]
pub struct Pictures {
    /// The device tree.
    pub tree: Tree,
    /// The free places by kind.
    pub rooms: Vec<Headroom>,
    /// Devices of the XML that the tree shows, and how many there are.
    pub drawn: (u32, u32),
    /// The problems of the guest.
    pub problems: ProblemList,
    /// The changes of the session.
    pub changes: ChangeList,
    /// The names of devices in the guest.
    names: GuestNames,
    inspected: Inspected,
    slots: Option<SlotsView>,
    matrix: Option<Matrix>,
    drives: Option<Tree>,
    usb: Option<Tree>,
    tokens: Option<Vec<(Span, Token)>>,
}

/// A cell of the slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotCursor {
    /// A slot of the bus in this row.
    Bus(usize, Slot),
    /// The port with this number.
    Port(usize),
}

/// The details of the selection, kept until it changes: they need a walk over the whole guest.
#[derive(Debug, Default)]
pub struct Inspected {
    target: Option<Target>,
    /// The lines of the inspector.
    pub details: Vec<Detail>,
    whereabouts: Option<Whereabouts>,
}

impl Inspected {
    /// Whether the selected device, if there is one, may be in this slot of a PCI bus.
    pub fn allows(&self, bus: ControllerIndex, slot: Slot) -> bool {
        self.whereabouts.as_ref().is_none_or(|whereabouts| whereabouts.allows(bus, slot))
    }
}

/// Drive controllers and their units.
#[derive(Debug, Default)]
pub struct Matrix {
    /// The rows of controllers.
    pub rows: Vec<DriveRow>,
    index: HashMap<Target, (usize, usize)>,
}

impl Pictures {
    /// Drops what depends on folds and filter, and makes the device tree.
    pub(super) fn make(
        &mut self,
        guest: Guest<'_>,
        live: Option<&LiveGuest>,
        folds: &Folds,
        filter: &str,
    ) {
        self.tree = tree(guest, live, topology(guest, &self.names, folds), filter);
        self.rooms = headroom(guest);
        self.drawn.0 = self.tree.rows.iter().map(|row| row.devices).sum();
        self.slots = None;
        self.usb = None;
        self.drives = None;
        self.matrix = None;
    }

    /// Forgets everything, for another text.
    pub(super) fn renew(&mut self, revision: &Revision, allowed: &Allowed) {
        *self = Self::default();
        let guest = revision.guest();
        let all = guest.domain.devices.iter().filter(|device| !device.is_implied()).count();
        self.drawn.1 = u32::try_from(all).unwrap_or(u32::MAX);
        self.names = GuestNames::of(guest);
        self.problems = ProblemList::of(revision, allowed);
    }

    /// The names of NICs and disks in the guest.
    pub fn names(&self) -> &GuestNames {
        &self.names
    }

    /// The details of the selection.
    pub fn inspected(&self) -> &Inspected {
        &self.inspected
    }

    /// Looks at `target`, unless it is the one that was looked at before.
    pub(super) fn inspect(
        &mut self,
        revision: &Revision,
        (guest, live): (Guest<'_>, Option<&LiveGuest>),
        target: Option<Target>,
    ) {
        if self.inspected.target == target {
            return;
        }
        self.inspected = Inspected { target, ..Inspected::default() };
        let Some(target) = target else { return };
        if let Target::Device(key) = target {
            self.inspected.whereabouts = Some(Whereabouts::of(guest, key));
        }
        let lines = revision.document.lines();
        let line_of =
            |device: &Device| device.element().map(|span| lines.position(span.start).line);
        let whereabouts = self.inspected.whereabouts.as_ref();
        let running = live.map(|live| Running {
            comparison: live.comparison(guest, target),
            hardware: live.hardware(target),
        });
        let running = running.unwrap_or_default();
        self.inspected.details =
            details(guest, &self.names, whereabouts, running, target, &line_of);
    }

    /// Drops the details of the selection, so that they are made again.
    pub(super) fn forget_inspected(&mut self) {
        self.inspected = Inspected::default();
    }

    /// PCI buses; none before the view was looked at.
    pub fn slots(&self) -> Option<&SlotsView> {
        self.slots.as_ref()
    }

    pub(super) fn make_slots(&mut self, guest: Guest<'_>) {
        self.slots.get_or_insert_with(|| slots(guest));
    }

    /// Drive controllers as a matrix.
    pub fn matrix(&self) -> Option<&Matrix> {
        self.matrix.as_ref()
    }

    pub(super) fn make_matrix(&mut self, guest: Guest<'_>) {
        self.matrix.get_or_insert_with(|| Matrix::new(guest, drives(guest)));
    }

    /// Drive controllers as a tree.
    pub fn drives(&self) -> Option<&Tree> {
        self.drives.as_ref()
    }

    pub(super) fn make_drives(
        &mut self,
        guest: Guest<'_>,
        live: Option<&LiveGuest>,
        folds: &Folds,
        filter: &str,
    ) {
        self.drives.get_or_insert_with(|| {
            tree(guest, live, drive_rows(guest, &self.names, folds), filter)
        });
    }

    /// USB controllers as a tree.
    pub fn usb(&self) -> Option<&Tree> {
        self.usb.as_ref()
    }

    pub(super) fn make_usb(
        &mut self,
        guest: Guest<'_>,
        live: Option<&LiveGuest>,
        folds: &Folds,
        filter: &str,
    ) {
        self.usb.get_or_insert_with(|| tree(guest, live, usb(guest, &self.names, folds), filter));
    }

    pub(super) fn make_tokens(&mut self, text: &str) {
        self.tokens.get_or_insert_with(|| tokens(text));
    }

    /// The pieces of the document that touch `span`.
    pub fn tokens_in(&self, span: Span) -> &[(Span, Token)] {
        let all = self.tokens.as_deref().unwrap_or_default();
        let first = all.partition_point(|(piece, _)| piece.end <= span.start);
        let last = all.partition_point(|(piece, _)| piece.start < span.end);
        all.get(first..last.max(first)).unwrap_or_default()
    }

    /// The cell that shows `target`: its own, or its controller's.
    pub fn slot_of(&self, guest: Guest<'_>, target: Target) -> Option<SlotCursor> {
        let steps = path(guest, target);
        steps.iter().rev().find_map(|step| self.cell_of(guest, step.target))
    }

    /// The slot under a cursor with its bus and that one's name.
    pub fn slot_at(&self, cursor: SlotCursor) -> Option<(&SlotCell, BusNo, &str)> {
        let view = self.slots.as_ref()?;
        match cursor {
            SlotCursor::Bus(row, slot) => {
                let bus = view.buses.get(row)?;
                Some((bus.cells.get(usize::from(slot.get()))?, bus.bus, &bus.name))
            }
            SlotCursor::Port(port) => {
                let port = view.ports.get(port)?;
                Some((&port.cell, port.bus, &port.name))
            }
        }
    }

    fn cell_of(&self, guest: Guest<'_>, target: Target) -> Option<SlotCursor> {
        let topology = guest.topology;
        let (bus, slot): (BusNo, Slot) = match target {
            Target::Device(key) | Target::Siblings(key) => {
                let node = topology.node(topology.node_of(key)?)?;
                match (node.bus, node.place.slot()) {
                    (Some(bus), Some(slot)) => (bus, slot),
                    // A bus of the machine itself is in no slot: its first one is taken.
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
        let slots = self.slots.as_ref()?;
        let row = slots.buses.iter().position(|row| row.bus == bus);
        let port = || slots.ports.iter().position(|port| port.bus == bus);
        row.map(|row| SlotCursor::Bus(row, slot)).or_else(|| port().map(SlotCursor::Port))
    }
}

impl Matrix {
    fn new(guest: Guest<'_>, mut rows: Vec<DriveRow>) -> Self {
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

    /// The object of a unit.
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
    /// The object of a cell.
    pub fn target(self, guest: Guest<'_>, view: &SlotsView) -> Option<Target> {
        let (cell, bus) = match self {
            Self::Bus(row, slot) => {
                let row = view.buses.get(row)?;
                (row.cells.get(usize::from(slot.get()))?, row.bus)
            }
            Self::Port(port) => {
                let port = view.ports.get(port)?;
                (&port.cell, port.bus)
            }
        };
        // The first of several functions is the initial one.
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

/// Adds the bus to places of controllers, and of disks that are PCI devices: with many buses a slot
/// alone is ambiguous.
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

/// The object of a function of a slot: its device, or the free place.
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

/// A tree of rows, with their second marks when there is a running guest.
fn tree(guest: Guest<'_>, live: Option<&LiveGuest>, mut rows: Vec<Row>, filter: &str) -> Tree {
    if let Some(live) = live {
        live.annotate(guest, &mut rows);
    }
    Tree::new(rows, filter)
}

/// The rows of the tree that are drive controllers with their devices, at the left margin.
fn drive_rows(guest: Guest<'_>, names: &GuestNames, folds: &Folds) -> Vec<Row> {
    // Folds above a controller must not hide it here.
    let mut folds = folds.clone();
    folds.closed.retain(|target| drive_bus(guest, *target).is_some());
    let mut rows = Vec::new();
    let mut base = None;
    for mut row in topology(guest, names, &folds) {
        let is_below = base.is_some_and(|depth| row.depth > depth);
        if !is_below {
            base = match row.target {
                Target::Live(id) if role(guest, id) == LiveRole::DriveController => Some(row.depth),
                target => drive_bus(guest, target).map(|name| {
                    row.place = [&name, " ", &row.place].concat();
                    row.depth
                }),
            };
        }
        let is_disk = || match row.target {
            Target::Device(key) => key.class == crate::model::DeviceClass::Disk,
            Target::Live(id) => role(guest, id) == LiveRole::Drive,
            _ => false,
        };
        match base {
            Some(depth) => row.depth -= depth,
            // A disk that is a device of a bus itself.
            None if is_disk() => row.depth = 0,
            None => continue,
        }
        rows.push(row);
    }
    rows
}

fn role(guest: Guest<'_>, id: LiveId) -> LiveRole {
    let live = guest.topology.node_of_live(id).and_then(|no| guest.topology.live(no));
    live.map(|live| live.role).unwrap_or_default()
}

/// The name of the bus with drive places that `target` offers, if it does.
fn drive_bus(guest: Guest<'_>, target: Target) -> Option<String> {
    let (Target::Device(key) | Target::Siblings(key)) = target else { return None };
    let node = guest.topology.node(guest.topology.node_of(key)?)?;
    let bus = guest.topology.bus(node.offers?)?;
    matches!(bus.id, BusId::Drive(..)).then(|| bus.name())
}
