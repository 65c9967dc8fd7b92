//! Builds the topology of a domain: opens the buses and puts each node on one.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::arguments;
use super::attach::Attacher;
use super::bus::{Bus, BusId, Shape};
use super::guest;
use super::ids::{BusNo, NodeId};
use super::place::{Place, Unplaced};
use super::tree::{Node, NodeKind, Topology};
use crate::machine::{ChipsetPart, ControllerModel, Machine, Offers, PciId, Ports, pci_id};
use crate::model::{ControllerIndex, ControllerKind, Device, DeviceClass, Domain, Kind, PciModel};

impl Topology {
    /// The buses and places of `domain`.
    pub fn build(domain: &Domain) -> Self {
        let machine = Machine::of(domain);
        let mut topology = Self {
            machine,
            buses: Vec::new(),
            nodes: Vec::new(),
            by_id: HashMap::new(),
            by_key: HashMap::new(),
            roots: Vec::new(),
            unplaced: Vec::new(),
            live: BTreeMap::new(),
            loose: Vec::new(),
        };
        topology.admit(domain);
        topology.open_buses(domain);
        topology.settle(domain);
        topology.find_loops();
        topology.find_roots();
        topology.name_ids(domain);
        guest::number(&mut topology, domain);
        topology
    }

    /// Makes a node of every device, then of the chipset parts without an element.
    fn admit(&mut self, domain: &Domain) {
        for (no, device) in (0..).map(NodeId).zip(&domain.devices) {
            self.by_key.insert(device.key(), no);
            self.nodes.push(Node::new(NodeKind::Device(device.key())));
        }
        for part in self.machine.chipset() {
            let stand_in = match part.offers {
                Offers::Controller(kind) => self.stand_in(domain, part, kind),
                _ => None,
            };
            match stand_in.and_then(|no| self.nodes.get_mut(no.0 as usize)) {
                Some(node) => node.part = Some(part),
                None => {
                    let node = Node::new(NodeKind::Chipset(part));
                    self.nodes.push(Node { part: Some(part), ..node });
                }
            }
        }
    }

    /// The controller of the XML that is this part of the chipset: index 0, at its place or at none.
    fn stand_in(
        &self,
        domain: &Domain,
        part: &ChipsetPart,
        kind: ControllerKind,
    ) -> Option<NodeId> {
        let is_part = |device: &&Device| {
            device.controller().is_some_and(|controller| {
                controller.kind == kind && controller.index_or_zero() == ControllerIndex(0)
            }) && device.pci().is_none_or(|at| at == part.at)
        };
        let device = domain.of_class(DeviceClass::Controller).find(is_part)?;
        self.node_of(device.key())
    }

    fn open_buses(&mut self, domain: &Domain) {
        for no in (0..self.nodes.len()).filter_map(|no| u32::try_from(no).ok()) {
            let no = NodeId(no);
            let Some((id, shape)) = self.offered(domain, no) else { continue };
            let is_root = matches!(shape, Shape::Pci { model, .. } if model.is_root());
            let bus = self.open(id, shape);
            // The first controller with an index offers its bus; a second one is a problem of its own.
            let Some(opened) = self.buses.get_mut(bus.0 as usize) else { continue };
            if opened.parent.is_none() {
                opened.parent = Some(no);
                opened.shape = shape;
                if let Some(node) = self.nodes.get_mut(no.0 as usize) {
                    node.offers = Some(bus);
                    if is_root {
                        node.place = Place::Unnumbered;
                    }
                }
            }
        }
        if let Some(root) = self.machine.root() {
            self.open(BusId::Pci(ControllerIndex(0)), Shape::pci(root));
        }
    }

    pub(super) fn open(&mut self, id: BusId, shape: Shape) -> BusNo {
        if let Some(no) = self.by_id.get(&id) {
            return *no;
        }
        let no = BusNo(u32::try_from(self.buses.len()).unwrap_or(u32::MAX));
        self.by_id.insert(id, no);
        self.buses.push(Bus {
            id,
            shape,
            parent: None,
            nodes: Vec::new(),
            places: Vec::new(),
            guest: None,
        });
        no
    }

    /// The bus that a node provides.
    fn offered(&self, domain: &Domain, no: NodeId) -> Option<(BusId, Shape)> {
        let node = self.node(no)?;
        let Some(device) = self.device(domain, no) else {
            return match node.part?.offers {
                Offers::Isa => Some((BusId::Isa, Shape::Open)),
                Offers::Controller(kind) => {
                    let shape =
                        Shape::of(&crate::model::Controller::new(kind, Some(ControllerIndex(0))))?;
                    Some((BusId::Drive(kind, ControllerIndex(0)), shape))
                }
                Offers::Root | Offers::Nothing => None,
            };
        };
        match &device.kind {
            Kind::Controller(controller) => {
                let index = controller.index_or_zero();
                let id = match controller.kind {
                    ControllerKind::Pci => BusId::Pci(index),
                    ControllerKind::Usb => BusId::Usb(index),
                    ControllerKind::VirtioSerial => BusId::VirtioSerial(index),
                    ControllerKind::Ccid => BusId::Ccid(index),
                    kind => BusId::Drive(kind, index),
                };
                Some((id, Shape::of(controller)?))
            }
            Kind::Hub(_) => {
                let Some(crate::model::Address::Usb(usb)) = device.address() else { return None };
                Some((BusId::Hub(usb.bus, usb.port?), Shape::ports(Ports::HUB)))
            }
            Kind::Qemu(qemu) => {
                let model = ControllerModel::of_driver(&qemu.driver).and_then(|(row, _)| row.pci);
                let model = model.filter(|model| !model.is_root())?;
                Some((BusId::Qemu(device.key().nth), Shape::pci(model)))
            }
            _ => None,
        }
    }

    /// Puts every node on its bus, or among the unplaced.
    fn settle(&mut self, domain: &Domain) {
        let attacher = Attacher::new(domain, self.machine);
        let chosen = arguments::places(domain, &attacher);
        let mut settled: BTreeMap<BusNo, Vec<(Place, NodeId)>> = BTreeMap::new();
        for no in (0..self.nodes.len()).filter_map(|no| u32::try_from(no).ok()) {
            let no = NodeId(no);
            let target = match self.chosen_place(domain, &chosen, no) {
                Some(place) => Ok(Some(place)),
                None => self.target(domain, &attacher, no),
            };
            let target = match target {
                Ok(Some((id, place))) => self.reach(domain, id).map(|bus| Some((bus, place))),
                Ok(None) => Ok(None),
                Err(why) => Err(why),
            };
            let Some(node) = self.nodes.get_mut(no.0 as usize) else { continue };
            match target {
                Ok(Some((bus, place))) => {
                    (node.bus, node.place) = (Some(bus), place);
                    settled.entry(bus).or_default().push((place, no));
                }
                Ok(None) => {}
                Err(why) => {
                    node.unplaced = Some(why);
                    self.unplaced.push(no);
                }
            }
        }
        for (bus, mut here) in settled {
            here.sort_by_key(|(place, _)| *place);
            let alone: Vec<_> =
                here.iter().filter(|(_, no)| !self.is_mirror(domain, *no)).copied().collect();
            for pair in alone.windows(2) {
                let [(one, a), (other, b)] = pair else { continue };
                if one == other && *one != Place::Unnumbered {
                    for no in [a, b] {
                        if let Some(node) = self.nodes.get_mut(no.0 as usize) {
                            node.contested = true;
                        }
                    }
                }
            }
            if let Some(bus) = self.buses.get_mut(bus.0 as usize) {
                (bus.places, bus.nodes) = here.into_iter().unzip();
            }
        }
    }

    /// The place that QEMU chooses for a device of its command line.
    fn chosen_place(
        &self,
        domain: &Domain,
        chosen: &HashMap<u32, (BusId, Place)>,
        no: NodeId,
    ) -> Option<(BusId, Place)> {
        if chosen.is_empty() {
            return None;
        }
        let device = self.device(domain, no)?;
        let is_argument = device.class() == DeviceClass::Qemu;
        is_argument.then(|| chosen.get(&device.key().nth).copied()).flatten()
    }

    /// Whether a node is the `<console>` that represents serial port 0 and shares its address.
    fn is_mirror(&self, domain: &Domain, no: NodeId) -> bool {
        self.device(domain, no).is_some_and(|device| domain.is_mirror(device))
    }

    /// The bus and place of a node; `Ok(None)` for the root controllers, which are buses themselves.
    fn target(
        &self,
        domain: &Domain,
        attacher: &Attacher<'_>,
        no: NodeId,
    ) -> Result<Option<(BusId, Place)>, Unplaced> {
        let Some(node) = self.node(no) else { return Ok(None) };
        if let Some(part) = node.part {
            let at = part.at;
            return Ok(Some((BusId::Pci(at.bus), Place::Pci(at.slot, at.function))));
        }
        let Some(device) = self.device(domain, no) else { return Ok(None) };
        let is_root = device
            .controller()
            .and_then(crate::model::Controller::pci_model)
            .is_some_and(PciModel::is_root);
        if is_root && node.offers.is_some() && device.pci().is_none() {
            return Ok(None);
        }
        attacher.attach(device).map(Some)
    }

    /// The bus with this name; the machine's own are opened when the first device comes.
    fn reach(&mut self, domain: &Domain, id: BusId) -> Result<BusNo, Unplaced> {
        if let Some(no) = self.bus_no(id) {
            return Ok(no);
        }
        let shape = match id {
            BusId::Ccw if domain.arch.is_s390() => Shape::Open,
            BusId::SpaprVio if domain.arch.is_ppc64() => Shape::Open,
            BusId::Dimm => {
                domain.features.memory_slots.map_or(Shape::Open, |count| Shape::Slots { count })
            }
            BusId::VirtioMmio | BusId::Isa | BusId::Board | BusId::Unassigned => Shape::Open,
            _ => return Err(Unplaced::NoParent),
        };
        Ok(self.open(id, shape))
    }

    /// Finds nodes that no root leads to: their bus depends, in the end, on itself. The first of
    /// each loop in document order becomes unplaced, the rest stays below it.
    fn find_loops(&mut self) {
        let mut reached: HashSet<BusNo> = HashSet::new();
        let mut todo: Vec<BusNo> = Vec::new();
        for (no, bus) in self.buses() {
            let held = bus.parent.and_then(|parent| self.node(parent));
            if held.is_none_or(|parent| parent.bus.is_none()) {
                todo.push(no);
            }
        }
        self.walk(&mut todo, &mut reached);
        for no in (0..self.nodes.len()).filter_map(|no| u32::try_from(no).ok()) {
            let no = NodeId(no);
            let Some(node) = self.nodes.get_mut(no.0 as usize) else { continue };
            let (Some(bus), Some(offers)) = (node.bus, node.offers) else { continue };
            if reached.contains(&bus) || reached.contains(&offers) {
                continue;
            }
            node.bus = None;
            node.unplaced = Some(Unplaced::Loop);
            self.unplaced.push(no);
            if let Some(bus) = self.buses.get_mut(bus.0 as usize)
                && let Some(at) = bus.nodes.iter().position(|other| *other == no)
            {
                bus.nodes.remove(at);
                bus.places.remove(at);
            }
            todo.push(offers);
            self.walk(&mut todo, &mut reached);
        }
        self.unplaced.sort_unstable();
    }

    /// Marks every bus below those in `todo`.
    fn walk(&self, todo: &mut Vec<BusNo>, reached: &mut HashSet<BusNo>) {
        while let Some(no) = todo.pop() {
            if !reached.insert(no) {
                continue;
            }
            let nodes = self.bus(no).into_iter().flat_map(|bus| &bus.nodes);
            todo.extend(nodes.filter_map(|no| self.node(*no)?.offers));
        }
    }

    pub(super) fn find_roots(&mut self) {
        let mut roots: Vec<(u8, BusId, BusNo)> = Vec::new();
        for (no, bus) in self.buses().filter(|(_, bus)| !bus.is_live()) {
            let parent = bus.parent.and_then(|parent| self.node(parent));
            if parent.is_none_or(|parent| parent.bus.is_none() && parent.unplaced.is_none()) {
                roots.push((root_rank(bus.id), bus.id, no));
            }
        }
        roots.sort_unstable();
        self.roots = roots.into_iter().map(|(.., no)| no).collect();
    }

    fn name_ids(&mut self, domain: &Domain) {
        let ids: Vec<Option<PciId>> = self
            .nodes()
            .map(|(no, node)| {
                let Some(device) = self.device(domain, no) else {
                    return node.part.map(|part| part.id);
                };
                let shape = self.bus(node.bus?)?.shape;
                let Shape::Pci { model, .. } = shape else { return None };
                let behind_port =
                    matches!(model, PciModel::PcieRootPort | PciModel::PcieSwitchDownstreamPort);
                pci_id(device, behind_port)
            })
            .collect();
        for (node, id) in self.nodes.iter_mut().zip(ids) {
            node.id = id;
        }
    }
}

/// In which order the machine's own buses are drawn.
fn root_rank(id: BusId) -> u8 {
    match id {
        BusId::Pci(_) => 0,
        BusId::Ccw => 1,
        BusId::SpaprVio => 2,
        BusId::VirtioMmio => 3,
        BusId::Isa => 4,
        BusId::Dimm => 6,
        BusId::Board => 7,
        BusId::Unassigned => 8,
        _ => 5,
    }
}
