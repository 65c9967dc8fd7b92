//! Second marks for the rows of a tree, and rows of their own for what only runs.

use std::collections::{HashMap, HashSet, VecDeque};

use super::guest::{Extra, LiveGuest};
use super::{LiveId, LiveMark, Note};
use crate::live::LiveBusKind;
use crate::model::Device;
use crate::rows::free::{free_row, run_of, without};
use crate::rows::topology::fullness;
use crate::rows::{Fold, Folds, Guest, Mark, Row, Target};
use crate::topology::{Place, Topology};

/// Which rows a tree has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    All,
    /// Drive controllers with their drives.
    Drives,
    /// USB controllers with what is on them.
    Usb,
}

/// Live devices by the row they stand below.
type Below<'l> = HashMap<Option<Target>, Vec<&'l Extra>>;

/// A tree while live devices are put into it.
struct Laying<'l> {
    live: &'l LiveGuest,
    guest: Guest<'l>,
    folds: &'l Folds,
    below: Below<'l>,
    /// Open rows above the present one by depth, with what is still to be put in below each.
    open: Vec<(u16, VecDeque<&'l Extra>)>,
    /// Who has a row already.
    done: HashSet<LiveId>,
    out: Vec<Row>,
}

impl LiveGuest {
    /// The rows with their second marks, and those of what only runs beneath their parents.
    pub fn lay(&self, guest: Guest<'_>, rows: Vec<Row>, folds: &Folds, scope: Scope) -> Vec<Row> {
        let mut below: Below<'_> = HashMap::new();
        for extra in &self.extras {
            below.entry(extra.parent).or_default().push(extra);
        }
        let out = Vec::with_capacity(rows.len() + self.extras.len());
        let (open, done) = (Vec::new(), HashSet::new());
        let mut laying = Laying { live: self, guest, folds, below, open, done, out };
        for row in rows {
            laying.add(row);
        }
        while !laying.open.is_empty() {
            laying.close();
        }
        let roots: HashSet<LiveId> = self
            .extras
            .iter()
            .filter(|extra| self.is_root(extra, scope))
            .map(|extra| extra.id)
            .collect();
        for extra in self.extras.iter().filter(|extra| roots.contains(&extra.id)) {
            // What hangs on another root is drawn there.
            if !self.is_below(extra, &roots) {
                laying.put(extra, 0);
            }
        }
        laying.out
    }
}

impl<'l> Laying<'l> {
    /// Adds a row of the drawn guest, and before it what runs before its place.
    fn add(&mut self, mut row: Row) {
        while self.open.last().is_some_and(|(depth, _)| *depth >= row.depth) {
            self.close();
        }
        // The pieces of a run of free places around what runs there.
        if let Some(pieces) = self.live.split(self.guest, &row) {
            for piece in pieces {
                self.put_before(&piece);
                self.out.push(piece);
            }
            return;
        }
        self.put_before(&row);
        self.live.crowd_row(self.guest.topology, &mut row);
        self.live.annotate(self.guest, &mut row);
        let children = self.below.get(&Some(row.target));
        let children: VecDeque<&Extra> = children.into_iter().flatten().copied().collect();
        if !children.is_empty() && row.fold == Fold::Leaf {
            let closed = self.folds.closed.contains(&row.target);
            row.fold = if closed { Fold::Closed } else { Fold::Open };
        }
        if row.fold == Fold::Open {
            self.open.push((row.depth, children));
        }
        self.out.push(row);
    }

    /// Puts in what stands before a row on the same bus.
    fn put_before(&mut self, row: &Row) {
        let place = place_of(self.guest, row.target);
        let is_before = |extra: &Extra| match (extra.site, place) {
            (Some((_, own)), Some(place)) => own < place,
            _ => false,
        };
        loop {
            let open = self.open.last_mut().filter(|(depth, _)| depth + 1 == row.depth);
            let Some((_, extras)) = open else { return };
            match extras.pop_front() {
                Some(extra) if is_before(extra) => self.put(extra, row.depth),
                Some(extra) => return extras.push_front(extra),
                None => return,
            }
        }
    }

    /// Ends the innermost open row: what is left of it comes last.
    fn close(&mut self) {
        let Some((depth, left)) = self.open.pop() else { return };
        for extra in left {
            self.put(extra, depth + 1);
        }
    }

    /// Puts in a live device with everything that is on it.
    fn put(&mut self, extra: &'l Extra, depth: u16) {
        let mut stack = vec![(extra, depth)];
        while let Some((extra, depth)) = stack.pop() {
            // However the monitor says they hang together, each is put in once.
            if !self.done.insert(extra.id) {
                continue;
            }
            let mut row = self.live.row(extra, depth);
            let children = self.below.get(&Some(row.target)).map(Vec::as_slice).unwrap_or_default();
            row.fold = match (children.is_empty(), self.folds.closed.contains(&row.target)) {
                (true, _) => Fold::Leaf,
                (false, true) => Fold::Closed,
                (false, false) => Fold::Open,
            };
            if row.fold == Fold::Open {
                stack.extend(children.iter().rev().map(|child| (*child, depth + 1)));
            }
            self.live.annotate(self.guest, &mut row);
            self.out.push(row);
        }
    }
}

impl LiveGuest {
    fn row(&self, extra: &Extra, depth: u16) -> Row {
        let device = self.facts.device(extra.no);
        Row {
            depth,
            target: Target::Live(extra.id),
            mark: Mark::None,
            live: None,
            place: self.label(extra),
            title: self.title(extra.no),
            detail: self.purpose(extra.no),
            guest: None,
            id: device.and_then(|device| device.pci.as_ref()?.id),
            name: None,
            fold: Fold::Leaf,
            span: 1,
            devices: 0,
        }
    }

    /// What a live device is: QEMU's model, else its ids.
    pub(super) fn title(&self, no: crate::live::LiveNo) -> String {
        let Some(device) = self.facts.device(no) else { return String::new() };
        let id = || device.pci.as_ref().and_then(|pci| pci.id).map(|id| format!("device {id}"));
        match &device.driver {
            Some(driver) => driver.to_string(),
            None => id().unwrap_or_else(|| device.title()),
        }
    }

    /// What is particular to a live device: id, MAC address, medium.
    fn purpose(&self, no: crate::live::LiveNo) -> String {
        let Some(device) = self.facts.device(no) else { return String::new() };
        let file = self.facts.medium(no).and_then(|drive| drive.file.as_deref());
        // QEMU describes what is no plain file in JSON.
        let file = file.filter(|file| !file.starts_with("json:"));
        let file = file.map(|file| file.rsplit('/').next().unwrap_or(file));
        let words = [device.id.as_deref(), device.mac.as_deref(), file];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// How full a bus is counts what runs on it.
    fn crowd_row(&self, topology: &Topology, row: &mut Row) {
        let offered = match row.target {
            Target::Bus(id) => topology.bus_no(id),
            Target::Device(key) => topology.node_of(key).and_then(|no| topology.node(no)?.offers),
            _ => None,
        };
        let Some(bus) = offered.and_then(|no| topology.bus(no)) else { return };
        if let Some(crowded) = self.crowded(topology, bus.id)
            && row.detail == fullness(bus)
        {
            row.detail = fullness(&crowded);
        }
    }

    fn annotate(&self, guest: Guest<'_>, row: &mut Row) {
        let note = match row.target {
            Target::Siblings(_) => self.worst(guest, row),
            target => self.note(target).cloned(),
        };
        let Some(note) = note else { return };
        row.live = Some(note.mark);
        if let Some(no) = note.live {
            row.guest = self.guest_address(no).or(row.guest);
        }
        if let Some(elsewhere) = &note.elsewhere {
            let at = format!("live {elsewhere}");
            row.detail = if row.detail.is_empty() { at } else { format!("{at}, {}", row.detail) };
            // What is foretold of the configured place does not hold for this one.
            row.name = None;
        }
    }

    /// The mark of a run of identical siblings.
    fn worst(&self, guest: Guest<'_>, row: &Row) -> Option<Note> {
        let Target::Siblings(first) = row.target else { return None };
        let topology = guest.topology;
        let no = topology.node_of(first)?;
        let bus = topology.bus(topology.node(no)?.bus?)?;
        let run = bus.nodes.iter().skip_while(|other| **other != no);
        let run = run.take(usize::try_from(row.span).unwrap_or(usize::MAX));
        let keys = run.filter_map(|no| topology.device(guest.domain, *no)).map(Device::key);
        let notes = keys.filter_map(|key| self.note(Target::Device(key)));
        let mark = notes.map(|note| note.mark).min()?;
        Some(Note { mark, live: None, elsewhere: None })
    }

    /// A run of free places in which something runs that is not configured, in pieces around it.
    fn split(&self, guest: Guest<'_>, row: &Row) -> Option<Vec<Row>> {
        let Target::Free(id, first) = row.target else { return None };
        let bus = guest.topology.bus(guest.topology.bus_no(id)?)?;
        let run = run_of(bus, first).filter(|_| row.span > 1)?;
        let sites = self.extras.iter().filter_map(|extra| extra.site);
        let taken: Vec<Place> =
            sites.filter(|(bus, _)| *bus == id).map(|(_, place)| place).collect();
        let pieces = without(run, &taken)?;
        Some(pieces.into_iter().map(|piece| free_row(id, piece, row.depth)).collect())
    }

    /// Whether a live device hangs, at any depth, on one of these.
    fn is_below(&self, extra: &Extra, roots: &HashSet<LiveId>) -> bool {
        let mut above = extra.parent;
        for _ in 0..self.extras.len() {
            let Some(Target::Live(id)) = above else { return false };
            if roots.contains(&id) {
                return true;
            }
            above = self.extras.iter().find(|extra| extra.id == id).and_then(|extra| extra.parent);
        }
        false
    }

    /// Whether a live device begins a tree of its own.
    fn is_root(&self, extra: &Extra, scope: Scope) -> bool {
        let offers = |kinds: &[LiveBusKind]| {
            let mut buses = self.facts.numbered_buses();
            buses.any(|(no, bus)| {
                kinds.contains(&bus.kind) && self.facts.holder(no) == Some(extra.no)
            })
        };
        match scope {
            Scope::All => extra.parent.is_none(),
            Scope::Usb => offers(&[LiveBusKind::Usb]),
            Scope::Drives => {
                let driver = self.facts.device(extra.no).and_then(|no| no.driver.as_deref());
                offers(&[LiveBusKind::Scsi, LiveBusKind::Ide])
                    || driver.is_some_and(|driver| driver.starts_with("virtio-blk"))
            }
        }
    }
}

fn place_of(guest: Guest<'_>, target: Target) -> Option<Place> {
    match target {
        Target::Device(key) | Target::Siblings(key) => {
            Some(guest.topology.node(guest.topology.node_of(key)?)?.place)
        }
        Target::Chipset(at) => Some(Place::Pci(at.slot, at.function)),
        Target::Free(_, place) => Some(place),
        Target::Bus(_) | Target::Unplaced | Target::Live(_) => None,
    }
}

impl LiveMark {
    /// Whether it is worth a look.
    pub fn differs(self) -> bool {
        self != Self::Same
    }
}
