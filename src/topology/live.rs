//! Devices that only the running guest has, as nodes beside those of the document.

use super::bus::{Bus, BusId, Shape};
use super::ids::{BusNo, NodeId};
use super::live_only::{LiveId, LiveOnly, LiveParent};
use super::place::Place;
use super::tree::{Node, NodeKind, Topology};

impl Topology {
    /// The same guest with the devices that only the running guest has, in their order where two are
    /// at one place, and with more places taken: those where devices of the document run that are
    /// drawn elsewhere.
    #[must_use]
    pub fn with_live(
        &self,
        devices: Vec<LiveOnly>,
        taken: impl IntoIterator<Item = (BusId, Place)>,
    ) -> Self {
        let mut topology = self.clone();
        let numbers: Vec<NodeId> = devices.iter().map(|device| topology.add_live(device)).collect();
        for (no, device) in numbers.iter().zip(devices) {
            if let Some(bus) = topology.bus_of_parent(device.parent) {
                topology.put(*no, bus, device.place);
            }
            topology.live.insert(device.id, (*no, device));
        }
        for (bus, place) in taken {
            if let Some(bus) = self.bus_no(bus) {
                topology.take_place(bus, place);
            }
        }
        for no in numbers {
            if topology.is_in_ring(no) {
                topology.take_out(no);
            }
            if topology.node(no).is_some_and(|node| node.bus.is_none()) {
                topology.loose.push(no);
            }
        }
        topology.find_roots();
        topology
    }

    /// The node of a device that only the running guest has.
    pub fn node_of_live(&self, id: LiveId) -> Option<NodeId> {
        self.live.get(&id).map(|(no, _)| *no)
    }

    /// The device that only the running guest has, if the node is one.
    pub fn live(&self, no: NodeId) -> Option<&LiveOnly> {
        match self.node(no)?.kind {
            NodeKind::Live(id) => self.live.get(&id).map(|(_, device)| device),
            NodeKind::Device(_) | NodeKind::Chipset(_) => None,
        }
    }

    /// The live devices that are on no bus, in the order in which they were added.
    pub fn loose(&self) -> &[NodeId] {
        &self.loose
    }

    fn add_live(&mut self, device: &LiveOnly) -> NodeId {
        let no = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(Node { id: device.pci_id, ..Node::new(NodeKind::Live(device.id)) });
        // The number is looked up when another device is on this one.
        self.live.insert(device.id, (no, device.clone()));
        no
    }

    fn bus_mut(&mut self, no: BusNo) -> Option<&mut Bus> {
        self.buses.get_mut(no.0 as usize)
    }

    fn node_mut(&mut self, no: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(no.0 as usize)
    }

    fn bus_of_parent(&mut self, parent: LiveParent) -> Option<BusNo> {
        match parent {
            LiveParent::Bus(id) => {
                let is_own = matches!(id, BusId::Ccw | BusId::SpaprVio | BusId::Isa | BusId::Dimm);
                let own = || is_own.then_some(());
                match self.bus_no(id) {
                    Some(bus) => Some(bus),
                    None => own().map(|()| self.open(id, Shape::Open)),
                }
            }
            LiveParent::Node(no) => self.bus_below(no),
            LiveParent::Live(id) => self.bus_below(self.node_of_live(id)?),
            LiveParent::Nothing => None,
        }
    }

    /// The bus that a node offers; opened where it has offered none.
    fn bus_below(&mut self, no: NodeId) -> Option<BusNo> {
        if let Some(bus) = self.node(no)?.offers {
            return Some(bus);
        }
        let bus = self.open(BusId::Live(no), Shape::Open);
        self.bus_mut(bus)?.parent = Some(no);
        self.node_mut(no)?.offers = Some(bus);
        Some(bus)
    }

    fn put(&mut self, no: NodeId, on: BusNo, place: Place) {
        if let Some(node) = self.node_mut(no) {
            (node.bus, node.place) = (Some(on), place);
        }
        let Some(bus) = self.bus(on) else { return };
        let is_before = |other: &NodeId| self.node(*other).is_some_and(|node| node.place <= place);
        let at = bus.nodes.partition_point(is_before);
        if let Some(bus) = self.bus_mut(on) {
            bus.nodes.insert(at, no);
        }
        self.take_place(on, place);
    }

    /// Marks a place as taken. A device without a place number occupies none.
    fn take_place(&mut self, on: BusNo, place: Place) {
        let Some(bus) = self.bus_mut(on) else { return };
        if place != Place::Unnumbered && bus.shape.has(place) {
            let at = bus.places.partition_point(|other| *other <= place);
            bus.places.insert(at, place);
        }
    }

    fn take_out(&mut self, no: NodeId) {
        let on = self.node_mut(no).and_then(|node| node.bus.take());
        if let Some(bus) = on.and_then(|on| self.bus_mut(on)) {
            bus.nodes.retain(|other| *other != no);
        }
    }

    /// Whether no root leads to a node: a monitor may report that devices are on each other.
    fn is_in_ring(&self, no: NodeId) -> bool {
        let mut at = no;
        for _ in 0..=self.nodes().count() {
            let above = self.node(at).and_then(|node| self.bus(node.bus?)?.parent);
            match above {
                Some(above) => at = above,
                None => return false,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::live_only::LiveRole;
    use super::*;
    use crate::machine::MachineKind;
    use crate::model::ControllerIndex;
    use crate::model::address::{Function, Slot};
    use crate::xml::Document;
    use crate::xml::decode::decode;

    fn topology() -> Topology {
        let text = "<domain><os><type arch='x86_64' machine='pc'>hvm</type></os><devices>\
                    <controller type='pci' index='0' model='pci-root'/></devices></domain>";
        let domain = decode(&Document::parse(text).unwrap()).unwrap().domain;
        let topology = Topology::build(&domain);
        assert_eq!(topology.machine.kind, MachineKind::I440fx);
        topology
    }

    fn device(id: u32, parent: LiveParent, place: Place) -> LiveOnly {
        LiveOnly {
            id: LiveId(id),
            parent,
            place,
            label: String::new(),
            model: String::new(),
            name: String::new(),
            purpose: String::new(),
            role: LiveRole::Other,
            pci_id: None,
        }
    }

    fn slot(slot: u32) -> Place {
        Place::Pci(Slot::new(slot).unwrap(), Function::ZERO)
    }

    #[test]
    fn a_live_device_is_on_its_bus_and_takes_its_place() {
        let root = BusId::Pci(ControllerIndex(0));
        let before = topology();
        let live = before.with_live(
            vec![
                device(7, LiveParent::Bus(root), slot(5)),
                device(8, LiveParent::Live(LiveId(7)), Place::Port(1)),
                device(9, LiveParent::Nothing, Place::Unnumbered),
            ],
            [(root, slot(0x1f)), (root, Place::Unnumbered)],
        );
        let bus = |topology: &Topology| topology.bus(topology.bus_no(root).unwrap()).cloned();
        let (old, new) = (bus(&before).unwrap(), bus(&live).unwrap());
        assert_eq!(new.free(), old.free().map(|free| free - 2));
        let runs: Vec<String> = new.free_runs().iter().map(ToString::to_string).collect();
        assert_eq!(runs, ["02–04", "06–1e"]);
        let no = live.node_of_live(LiveId(7)).unwrap();
        assert_eq!(new.nodes.last(), Some(&no));
        assert_eq!(live.node(no).unwrap().place, slot(5));
        let below = live.bus(live.node(no).unwrap().offers.unwrap()).unwrap();
        assert_eq!(below.nodes, [live.node_of_live(LiveId(8)).unwrap()]);
        assert_eq!(live.loose(), [live.node_of_live(LiveId(9)).unwrap()]);
        assert_eq!(live.roots(), before.roots());
    }

    #[test]
    fn of_live_devices_on_each_other_the_first_is_on_nothing() {
        let live = topology().with_live(
            vec![
                device(0, LiveParent::Live(LiveId(1)), Place::Port(0)),
                device(1, LiveParent::Live(LiveId(0)), Place::Port(0)),
                device(2, LiveParent::Live(LiveId(2)), Place::Port(0)),
            ],
            [],
        );
        let no = |id| live.node_of_live(LiveId(id)).unwrap();
        assert_eq!(live.loose(), [no(0), no(2)]);
        assert!(live.node(no(1)).unwrap().bus.is_some());
    }
}
