//! Controllers with drives as a matrix: a row for each bus or target, a cell for each unit.

use std::collections::BTreeMap;

use super::{Guest, Mark, Target};
use crate::machine::Drives;
use crate::model::{Device, DeviceClass, DeviceKey, Kind};
use crate::topology::{Bus, BusId, BusNo, LiveRole, NodeId, Place, Shape};

/// A unit of a controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriveCell {
    /// The place: [`Place::Drive`] on a controller, [`Place::Pci`] for virtio disks.
    pub place: Place,
    /// The state of the unit.
    pub mark: Mark,
    /// The devices in the unit; several in a conflict.
    pub devices: Vec<DeviceKey>,
    /// The live device that is there and not configured.
    pub live: Option<Target>,
    /// The target name of the disk.
    pub label: String,
    /// The PCI address of a disk without a controller: `03:00.0`.
    pub at: String,
}

/// A bus or target of a controller; its cells are side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriveRow {
    /// The bus; `None` for disks without a controller.
    pub bus: Option<BusNo>,
    /// `scsi0`, or `virtio` for the disks that are PCI devices themselves.
    pub name: String,
    /// The controller's model.
    pub model: String,
    /// The place of the controller.
    pub at: String,
    /// `bus 1`, `target 3`, or nothing when there is only one.
    pub part: String,
    /// The units of the row.
    pub cells: Vec<DriveCell>,
    /// The number of further free units that are not drawn.
    pub more: u64,
}

/// Most free units that are drawn one by one.
const DRAWN: u32 = 16;

/// Every controller with drives, then the disks that need none.
pub fn drives(guest: Guest<'_>) -> Vec<DriveRow> {
    let mut buses: Vec<_> =
        guest.topology.buses().filter(|(_, bus)| matches!(bus.id, BusId::Drive(..))).collect();
    buses.sort_by_key(|(_, bus)| bus.id);
    let mut rows: Vec<DriveRow> =
        buses.into_iter().flat_map(|(no, bus)| controller(guest, no, bus)).collect();
    rows.extend(without_controller(guest));
    rows
}

fn controller(guest: Guest<'_>, no: BusNo, bus: &Bus) -> Vec<DriveRow> {
    let parent = bus.parent.and_then(|no| guest.topology.device(guest.domain, no));
    let model = parent.and_then(Device::variant).unwrap_or_default().to_owned();
    let at = bus
        .parent
        .and_then(|no| guest.topology.node(no))
        .and_then(|node| Some(guest.topology.bus(node.bus?)?.full_place(node.place)))
        .unwrap_or_default();
    let by_part = by_part(guest, bus);
    let row = |part: String, cells, more| DriveRow {
        bus: Some(no),
        name: bus.name(),
        model: model.clone(),
        at: at.clone(),
        part,
        cells,
        more,
    };
    let Shape::Drive(drives) = bus.shape else {
        let cells = by_part.values().flatten().filter_map(|(place, nos)| cell(guest, *place, nos));
        return vec![row(String::new(), cells.collect(), 0)];
    };
    let Drives { buses, targets, units, .. } = drives;
    let mut rows = Vec::new();
    // IDE channels are all drawn; SCSI targets with devices, and the first.
    let mut parts: Vec<(u32, u32)> = (0..buses).map(|bus| (bus, 0)).collect();
    parts.extend(by_part.keys().filter(|(bus, target)| *target > 0 || *bus >= buses));
    let empty = BTreeMap::new();
    for (bus_part, target) in parts {
        let here = by_part.get(&(bus_part, target)).unwrap_or(&empty);
        let mut cells = Vec::new();
        let drawn = units.min(DRAWN);
        let free = (0..drawn).map(|unit| Place::Drive { bus: bus_part, target, unit });
        let mut places: Vec<Place> = free.chain(here.keys().copied()).collect();
        places.sort_unstable();
        places.dedup();
        for place in places {
            match here.get(&place) {
                Some(nos) => cells.extend(cell(guest, place, nos)),
                None => {
                    let is_own = matches!(place, Place::Drive { target, unit, .. }
                        if drives.is_own(target, unit));
                    let mark = if is_own { Mark::Reserved } else { Mark::Free };
                    cells.push(DriveCell {
                        place,
                        mark,
                        devices: Vec::new(),
                        live: None,
                        label: String::new(),
                        at: String::new(),
                    });
                }
            }
        }
        let part = match (buses > 1, targets > 1) {
            (true, _) => format!("bus {bus_part}"),
            (_, true) => format!("target {target}"),
            _ => String::new(),
        };
        rows.push(row(part, cells, u64::from(units - drawn)));
    }
    rows
}

type ByPlace = BTreeMap<Place, Vec<NodeId>>;

fn by_part(guest: Guest<'_>, bus: &Bus) -> BTreeMap<(u32, u32), ByPlace> {
    let mut parts: BTreeMap<(u32, u32), ByPlace> = BTreeMap::new();
    for no in &bus.nodes {
        let Some(node) = guest.topology.node(*no) else { continue };
        let key = match node.place {
            Place::Drive { bus, target, .. } => (bus, target),
            _ => (0, 0),
        };
        parts.entry(key).or_default().entry(node.place).or_default().push(*no);
    }
    parts
}

fn cell(guest: Guest<'_>, place: Place, nos: &[NodeId]) -> Option<DriveCell> {
    let first = nos.first()?;
    let devices: Vec<&Device> =
        nos.iter().filter_map(|no| guest.topology.device(guest.domain, *no)).collect();
    let live = nos.iter().find_map(|no| guest.topology.live(*no));
    let labels: Vec<&str> = devices.iter().map(|device| label(device)).collect();
    let label = match live {
        // The end of the name is the id.
        Some(live) if labels.is_empty() => {
            live.name.rsplit(' ').next().unwrap_or_default().to_owned()
        }
        _ => labels.join(" "),
    };
    let node = guest.topology.node(*first)?;
    let bus = node.bus.and_then(|no| guest.topology.bus(no));
    Some(DriveCell {
        place,
        mark: Mark::of(guest, *first, node),
        at: bus.map_or_else(String::new, |bus| bus.full_place(place)),
        live: live.filter(|_| devices.is_empty()).map(|live| Target::Live(live.id)),
        devices: devices.iter().map(|device| device.key()).collect(),
        label,
    })
}

fn label(device: &Device) -> &str {
    match &device.kind {
        Kind::Disk(disk) => disk.target.as_deref().unwrap_or("disk"),
        _ => device.alias.as_deref().unwrap_or(device.class().as_str()),
    }
}

/// Disks that are devices of a bus themselves: virtio, USB, SD.
fn without_controller(guest: Guest<'_>) -> Vec<DriveRow> {
    let mut by_bus: BTreeMap<&str, Vec<DriveCell>> = BTreeMap::new();
    let mut only_live = Vec::new();
    for (no, node) in guest.topology.nodes() {
        let bus = node.bus.and_then(|no| guest.topology.bus(no));
        if bus.is_some_and(|bus| matches!(bus.id, BusId::Drive(..))) {
            continue;
        }
        if let Some(live) = guest.topology.live(no).filter(|live| live.role == LiveRole::Drive) {
            let cell = cell(guest, node.place, &[no]).map(|mut cell| {
                let place = bus.map_or_else(|| live.label.clone(), |_| node.place.to_string());
                cell.label = format!("{} {place}", cell.label);
                cell
            });
            only_live.extend(cell);
        }
        let Some(device) = guest.topology.device(guest.domain, no) else { continue };
        let Kind::Disk(disk) = &device.kind else { continue };
        if device.class() != DeviceClass::Disk {
            continue;
        }
        let name = match node.unplaced {
            Some(_) => "unplaced",
            None => disk.bus.as_deref().unwrap_or("other"),
        };
        by_bus.entry(name).or_default().extend(cell(guest, node.place, &[no]));
    }
    let only_live = Some(("only live", only_live)).filter(|(_, cells)| !cells.is_empty());
    let rows = by_bus.into_iter().chain(only_live).map(|(name, cells)| DriveRow {
        bus: None,
        name: name.to_owned(),
        model: String::new(),
        at: String::new(),
        part: String::new(),
        cells,
        more: 0,
    });
    rows.collect()
}
