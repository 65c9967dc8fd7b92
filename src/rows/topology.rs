//! The whole device tree: every device beneath its logical parent.

use super::free::{free_row, single};
use super::row::{Fold, Folds, Row, Target};
use super::{Guest, GuestNames, Mark};
use crate::model::{Device, DeviceKey, Kind};
use crate::topology::{Bus, BusId, BusNo, LiveOnly, Node, NodeId, NodeKind, Place, Run, Shape};

/// The rows of the tree, folded by `folds`; `names` are those of this guest.
pub fn topology(guest: Guest<'_>, names: &GuestNames, folds: &Folds) -> Vec<Row> {
    let mut tree = TreeBuilder { guest, folds, names, rows: Vec::new(), stack: Vec::new() };
    for root in guest.topology.roots().iter().rev() {
        tree.stack.push(DrawStep::Bus(*root));
    }
    tree.run();
    tree.unplaced();
    tree.stack.extend(guest.topology.loose().iter().rev().map(|no| DrawStep::Node(*no, 0)));
    tree.run();
    tree.rows
}

/// Objects still to be drawn; the next on top.
enum DrawStep {
    Bus(BusNo),
    Node(NodeId, u16),
    Siblings(Vec<NodeId>, u16),
    Free(BusId, Run, u16),
}

struct TreeBuilder<'g> {
    guest: Guest<'g>,
    folds: &'g Folds,
    names: &'g GuestNames,
    rows: Vec<Row>,
    stack: Vec<DrawStep>,
}

impl TreeBuilder<'_> {
    fn run(&mut self) {
        while let Some(step) = self.stack.pop() {
            match step {
                DrawStep::Bus(no) => self.root(no),
                DrawStep::Node(no, depth) => self.node(no, depth),
                DrawStep::Siblings(alike, depth) => self.siblings(&alike, depth),
                DrawStep::Free(bus, run, depth) => self.rows.push(free_row(bus, run, depth)),
            }
        }
    }

    /// A bus of the machine itself, with its root controller in the same row.
    fn root(&mut self, no: BusNo) {
        let Some(bus) = self.guest.topology.bus(no) else { return };
        let parent = bus.parent.and_then(|no| self.guest.topology.device(self.guest.domain, no));
        let target = parent.map_or(Target::Bus(bus.id), |device| Target::Device(device.key()));
        let title = match (parent, bus.shape) {
            (Some(device), _) => device.title(),
            (None, Shape::Pci { model, .. }) => model.as_str().to_owned(),
            (None, _) => root_title(bus.id).to_owned(),
        };
        let fold = self.fold(target, !bus.nodes.is_empty());
        self.rows.push(Row {
            depth: 0,
            target,
            mark: Mark::None,
            live: None,
            place: bus.name(),
            title,
            detail: fullness(bus),
            guest: None,
            id: None,
            name: None,
            fold,
            span: 1,
            devices: written(parent),
        });
        if fold != Fold::Closed {
            self.push_children(bus, 1);
        }
    }

    fn node(&mut self, no: NodeId, depth: u16) {
        let Some(node) = self.guest.topology.node(no) else { return };
        let device = self.guest.topology.device(self.guest.domain, no);
        let bus = node.offers.and_then(|no| self.guest.topology.bus(no));
        let target = match (device, node.kind) {
            (Some(device), _) => Target::Device(device.key()),
            (None, NodeKind::Chipset(part)) => Target::Chipset(part.at),
            (None, NodeKind::Live(id)) => Target::Live(id),
            (None, NodeKind::Device(_)) => return,
        };
        let live = self.guest.topology.live(no);
        let detail = match (bus, node.unplaced) {
            (_, Some(why)) => unplaced_detail(device, why.as_str()),
            (Some(bus), None) if !bus.is_live() => fullness(bus),
            (_, None) => match live {
                Some(live) => live.purpose.clone(),
                None => device.map(Device::description).unwrap_or_default(),
            },
        };
        let has_children = bus.is_some_and(|bus| {
            !bus.nodes.is_empty() || (self.folds.all && bus.free().is_some_and(|n| n > 0))
        });
        let fold = self.fold(target, has_children);
        self.rows.push(Row {
            depth,
            target,
            mark: Mark::of(self.guest, no, node),
            live: None,
            place: place_of(node, device, live),
            title: match (device, live) {
                (Some(device), _) => titled(device, node),
                (None, Some(live)) => live.model.clone(),
                (None, None) => part_name(node),
            },
            detail,
            guest: self.guest.topology.guest_address(no),
            id: node.id,
            name: device.and_then(|device| self.names.short(device.key())).map(str::to_owned),
            fold,
            span: 1,
            devices: written(device),
        });
        if let Some(bus) = bus.filter(|_| fold != Fold::Closed) {
            self.push_children(bus, depth + 1);
        }
    }

    /// Adds all nodes of a bus, with the runs of free places between them.
    fn push_children(&mut self, bus: &Bus, depth: u16) {
        let mut steps: Vec<(Place, DrawStep)> = Vec::new();
        let mut alike: Vec<NodeId> = Vec::new();
        for no in &bus.nodes {
            let same = alike.last().is_some_and(|last| self.are_alike(*last, *no));
            if !same {
                self.flush(&mut alike, depth, &mut steps);
            }
            alike.push(*no);
        }
        self.flush(&mut alike, depth, &mut steps);
        // A port is one place: its own row shows that it is free.
        if bus.shape.capacity() != Some(1) || self.folds.all {
            for run in self.runs(bus) {
                steps.push((run.first, DrawStep::Free(bus.id, run, depth)));
            }
        }
        steps.sort_by_key(|(place, _)| *place);
        self.stack.extend(steps.into_iter().rev().map(|(_, step)| step));
    }

    fn runs(&self, bus: &Bus) -> Vec<Run> {
        let runs = bus.free_runs();
        if self.folds.all { runs.into_iter().flat_map(single).collect() } else { runs }
    }

    fn flush(&self, alike: &mut Vec<NodeId>, depth: u16, steps: &mut Vec<(Place, DrawStep)>) {
        let place = |no: &NodeId| {
            self.guest.topology.node(*no).map_or(Place::Unnumbered, |node| node.place)
        };
        let first = alike.first().and_then(|no| self.key(*no)).map(Target::Siblings);
        let spread = first.is_none_or(|target| self.folds.spread.contains(&target));
        // Two rows are as short as one row that says "two".
        if alike.len() < 3 || spread || self.folds.all {
            steps.extend(alike.drain(..).map(|no| (place(&no), DrawStep::Node(no, depth))));
        } else if let Some(at) = alike.first().map(place) {
            steps.push((at, DrawStep::Siblings(std::mem::take(alike), depth)));
        }
    }

    fn key(&self, no: NodeId) -> Option<DeviceKey> {
        self.guest.topology.device(self.guest.domain, no).map(Device::key)
    }

    /// Whether two neighbours are empty controllers of one model in the same state, which differ
    /// only in their number.
    fn are_alike(&self, one: NodeId, other: NodeId) -> bool {
        let kind = |no| {
            let node = self.guest.topology.node(no)?;
            let bus = self.guest.topology.bus(node.offers?)?;
            let device = self.guest.topology.device(self.guest.domain, no)?;
            let Kind::Controller(controller) = &device.kind else { return None };
            bus.nodes.is_empty().then_some((
                controller.kind,
                controller.model.as_deref(),
                Mark::of(self.guest, no, node),
                device.is_implied(),
            ))
        };
        let apart = |no| self.key(no).is_some_and(|key| self.folds.apart.contains(&key));
        !apart(one) && !apart(other) && kind(one).is_some_and(|one| Some(one) == kind(other))
    }

    fn siblings(&mut self, alike: &[NodeId], depth: u16) {
        let topology = self.guest.topology;
        let (Some(first), Some(last)) = (alike.first(), alike.last()) else { return };
        let (Some(node), Some(end)) = (topology.node(*first), topology.node(*last)) else {
            return;
        };
        let Some(device) = topology.device(self.guest.domain, *first) else { return };
        let buses = alike.iter().filter_map(|no| topology.bus(topology.node(*no)?.offers?));
        let free: u64 = buses.filter_map(Bus::free).sum();
        self.rows.push(Row {
            depth,
            target: Target::Siblings(device.key()),
            mark: Mark::of(self.guest, *first, node),
            live: None,
            place: format!("{}–{}", node.place, end.place),
            title: format!("{} ×{}", device.variant().unwrap_or_default(), alike.len()),
            detail: format!("{free} free"),
            guest: None,
            id: node.id,
            name: None,
            fold: Fold::Closed,
            span: u32::try_from(alike.len()).unwrap_or(u32::MAX),
            devices: alike.iter().map(|no| written(topology.device(self.guest.domain, *no))).sum(),
        });
    }

    fn unplaced(&mut self) {
        let unplaced = self.guest.topology.unplaced();
        if unplaced.is_empty() {
            return;
        }
        let fold = self.fold(Target::Unplaced, true);
        self.rows.push(Row {
            depth: 0,
            target: Target::Unplaced,
            mark: Mark::None,
            live: None,
            place: "unplaced".to_owned(),
            title: match unplaced.len() {
                1 => "1 device is on no bus".to_owned(),
                count => format!("{count} devices are on no bus"),
            },
            detail: String::new(),
            guest: None,
            id: None,
            name: None,
            fold,
            span: 1,
            devices: 0,
        });
        if fold == Fold::Open {
            self.stack.extend(unplaced.iter().rev().map(|no| DrawStep::Node(*no, 1)));
            self.run();
        }
    }

    fn fold(&self, target: Target, has_children: bool) -> Fold {
        match has_children {
            false => Fold::Leaf,
            true if self.folds.closed.contains(&target) => Fold::Closed,
            true => Fold::Open,
        }
    }
}

fn written(device: Option<&Device>) -> u32 {
    u32::from(device.is_some_and(|device| !device.is_implied()))
}

fn part_name(node: &Node) -> String {
    node.part.map(|part| part.name.to_owned()).unwrap_or_default()
}

/// The title of the device, with a note if it is not in the XML.
fn titled(device: &Device, node: &Node) -> String {
    let title = device.title();
    if device.is_implied() && node.part.is_none() { format!("{title} (implied)") } else { title }
}

fn place_of(node: &Node, device: Option<&Device>, live: Option<&LiveOnly>) -> String {
    if let Some(live) = live.filter(|_| node.bus.is_none()) {
        return live.label.clone();
    }
    if node.unplaced.is_none() {
        return node.place.to_string();
    }
    device
        .and_then(Device::address)
        .map(crate::model::Address::place)
        .filter(|place| !place.is_empty())
        .unwrap_or_else(|| "?".to_owned())
}

fn unplaced_detail(device: Option<&Device>, why: &str) -> String {
    let purpose = device.map(Device::description).unwrap_or_default();
    if purpose.is_empty() { why.to_owned() } else { format!("{purpose}  ({why})") }
}

/// The number of taken and free places of a bus, as text.
pub(super) fn fullness(bus: &Bus) -> String {
    let taken = bus.taken();
    match (bus.shape, bus.free(), bus.shape.capacity()) {
        (Shape::Pci { .. }, Some(free), Some(1)) => {
            if free == 1 {
                "free".to_owned()
            } else {
                String::new()
            }
        }
        (Shape::Pci { .. }, Some(free), Some(all)) => format!("{free} of {all} slots free"),
        (Shape::Ports { .. }, Some(free), Some(all)) => format!("{free} of {all} ports free"),
        (Shape::Drive(_) | Shape::Slots { .. }, _, Some(all)) => {
            format!("{taken} of {all} places taken")
        }
        _ => String::new(),
    }
}

/// The titles of the machine's own buses.
fn root_title(id: BusId) -> &'static str {
    match id {
        BusId::Ccw => "channel subsystem",
        BusId::SpaprVio => "virtual I/O of the hypervisor",
        BusId::VirtioMmio => "transports of the board",
        BusId::Isa => "ISA bus",
        BusId::Dimm => "memory sockets",
        BusId::Board => "parts without a place",
        BusId::Unassigned => "kept from the guest",
        _ => "",
    }
}
