//! Every PCI bus as 32 cells, and the eight functions of one slot.

use super::{Guest, Mark, Target, target_of};
use crate::model::PciModel;
use crate::model::address::{Function, Slot};
use crate::topology::{Bus, BusNo, NodeId, Place, Shape};

/// A slot of a bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotCell {
    /// The number of the slot.
    pub slot: Slot,
    /// Its state: the worst of its functions'.
    pub mark: Mark,
    /// The nodes in it, by function.
    pub nodes: Vec<NodeId>,
}

/// A bus with many slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotsBus {
    /// The bus of the row.
    pub bus: BusNo,
    /// The name, such as `pci.0`.
    pub name: String,
    /// The model, such as `pci-root`.
    pub model: PciModel,
    /// The cells of all 32 slots.
    pub cells: Vec<SlotCell>,
    /// The number of free slots.
    pub free: u64,
}

/// A bus with one slot: a root or downstream port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The bus behind it.
    pub bus: BusNo,
    /// The name, such as `pci.3`.
    pub name: String,
    /// Its one place.
    pub cell: SlotCell,
}

/// All PCI buses of the guest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlotsView {
    /// Buses with many slots, by index.
    pub buses: Vec<SlotsBus>,
    /// Ports, by index.
    pub ports: Vec<Port>,
    /// The number of free ports.
    pub free_ports: u64,
}

/// A function of a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionCell {
    /// The number of the function.
    pub function: Function,
    /// The state of the function.
    pub mark: Mark,
    /// The nodes at the function; several in a conflict.
    pub nodes: Vec<NodeId>,
}

/// The PCI buses of a guest.
pub fn slots(guest: Guest<'_>) -> SlotsView {
    let mut view = SlotsView::default();
    let mut buses: Vec<_> = guest.topology.buses().filter(|(_, bus)| bus.is_pci()).collect();
    buses.sort_by_key(|(_, bus)| bus.id);
    for (no, bus) in buses {
        let Shape::Pci { model, first, last } = bus.shape else { continue };
        let by_slot = by_slot(guest, bus);
        let mut cells = Slot::all().zip(by_slot).map(|(slot, nodes)| {
            let usable = (first..=last).contains(&slot);
            SlotCell { slot, mark: slot_mark(guest, &nodes, usable), nodes }
        });
        if first == last {
            let Some(cell) = cells.next() else { continue };
            view.free_ports += u64::from(cell.mark == Mark::Free && bus.free() != Some(0));
            view.ports.push(Port { bus: no, name: bus.name(), cell });
        } else {
            let cells = cells.collect();
            let free = bus.free().unwrap_or_default();
            view.buses.push(SlotsBus { bus: no, name: bus.name(), model, cells, free });
        }
    }
    view
}

/// The functions of one slot.
pub fn functions(guest: Guest<'_>, cell: &SlotCell) -> Vec<FunctionCell> {
    Function::all()
        .map(|function| {
            let nodes: Vec<_> =
                cell.nodes
                    .iter()
                    .filter(|no| {
                        guest.topology.node(**no).is_some_and(
                            |node| matches!(node.place, Place::Pci(_, f) if f == function),
                        )
                    })
                    .copied()
                    .collect();
            let mark = slot_mark(guest, &nodes, cell.mark != Mark::Reserved);
            FunctionCell { function, mark, nodes }
        })
        .collect()
}

fn by_slot(guest: Guest<'_>, bus: &Bus) -> Vec<Vec<NodeId>> {
    let mut slots = vec![Vec::new(); usize::from(Slot::MAX.get()) + 1];
    for no in &bus.nodes {
        let slot = guest.topology.node(*no).and_then(|node| node.place.slot());
        if let Some(here) = slot.and_then(|slot| slots.get_mut(usize::from(slot.get()))) {
            here.push(*no);
        }
    }
    slots
}

/// A conflict wins over everything, a bridge over devices that are only static or dynamic.
fn slot_mark(guest: Guest<'_>, nodes: &[NodeId], usable: bool) -> Mark {
    let marks = nodes.iter().filter_map(|no| {
        let node = guest.topology.node(*no)?;
        let leads = node.offers.and_then(|no| guest.topology.bus(no)).is_some_and(Bus::is_pci);
        let mark = Mark::of(guest, *no, node);
        Some(if leads && mark != Mark::Conflict { Mark::Leads } else { mark })
    });
    let rank = |mark: &Mark| match mark {
        Mark::Conflict => 0,
        Mark::Chipset => 1,
        Mark::Leads => 2,
        Mark::Static => 3,
        Mark::Dynamic => 4,
        _ => 5,
    };
    marks.min_by_key(rank).unwrap_or(if usable { Mark::Free } else { Mark::Reserved })
}

impl SlotCell {
    /// The object of the cell: its device, or the free place.
    pub fn target(&self, guest: Guest<'_>, bus: BusNo) -> Option<Target> {
        match self.nodes.first() {
            Some(no) => target_of(guest, *no),
            None => {
                let place = Place::Pci(self.slot, Function::ZERO);
                guest.topology.bus(bus).map(|bus| Target::Free(bus.id, place))
            }
        }
    }
}
