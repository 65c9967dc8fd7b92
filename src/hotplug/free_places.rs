//! The free places of a running guest: which bus takes a device while it runs, and where.

use thiserror::Error;

use crate::live::{Facts, LiveBus, LiveBusKind, LiveBusNo, LiveDevice, QdevAddress};
use crate::machine::{BusRules, ControllerModel, Drives};
use crate::model::PciModel;
use crate::model::address::{Function, Slot};

/// Why a place is none.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlaceError {
    /// The guest has no bus of that kind that takes devices while it runs.
    #[error("the guest has no {0} that accepts hot-plug")]
    NoBus(&'static str),
    /// The bus takes none; its name, and why.
    #[error("bus '{0}' does not support hotplugging: {1}")]
    Cold(String, &'static str),
    /// The bus is full; its name.
    #[error("bus '{0}' has no free place")]
    Full(String),
    /// Another device is there; the place, and that device.
    #[error("place {0} is taken by {1}")]
    Taken(String, String),
    /// The bus has no such place; the place, and the range of places.
    #[error("place {0} does not exist: {1}")]
    Outside(String, String),
    /// The device goes to another kind of bus; the bus's name.
    #[error("bus '{0}' does not take this device")]
    WrongBus(String),
}

/// The place that is requested for a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum At {
    /// At any valid place.
    #[default]
    Anywhere,
    /// Anywhere on this bus.
    Bus(LiveBusNo),
    /// Exactly this place of this bus.
    Place(LiveBusNo, QdevAddress),
}

/// A legal place for a device that goes to a bus of this kind.
pub(super) fn choose(
    facts: &Facts,
    kind: LiveBusKind,
    wanted: At,
) -> Result<(LiveBusNo, QdevAddress), PlaceError> {
    match wanted {
        At::Place(bus, address) => {
            takes(facts, kind, bus)?;
            may_be_at(facts, bus, address)?;
            Ok((bus, address))
        }
        At::Bus(bus) => {
            takes(facts, kind, bus)?;
            let full = || PlaceError::Full(name(facts, bus));
            first_free(facts, bus).map(|address| (bus, address)).ok_or_else(full)
        }
        At::Anywhere => {
            let mut buses: Vec<LiveBusNo> = facts
                .numbered_buses()
                .filter(|(no, bus)| bus.kind == kind && takes(facts, kind, *no).is_ok())
                .map(|(no, _)| no)
                .collect();
            // Ports are made for it; a bridge behind a bridge is the last choice.
            buses.sort_by_key(|bus| (!is_port(facts, *bus), depth(facts, *bus), *bus));
            let free = buses.into_iter().find_map(|bus| Some((bus, first_free(facts, bus)?)));
            free.ok_or(PlaceError::NoBus(match kind {
                LiveBusKind::Scsi => "SCSI adapter",
                LiveBusKind::Usb => "USB controller",
                _ => "PCI bus or port",
            }))
        }
    }
}

impl Facts {
    /// The SCSI address in QEMU of libvirt's bus, target and unit on an adapter.
    pub fn scsi_address(
        &self,
        bus: LiveBusNo,
        channel: u32,
        target: u32,
        unit: u32,
    ) -> QdevAddress {
        let (id, lun) = scsi(self, bus).scsi_id(target, unit);
        QdevAddress::Scsi { channel, target: id, lun }
    }
}

fn name(facts: &Facts, bus: LiveBusNo) -> String {
    facts.bus(bus).and_then(|bus| bus.name.as_deref()).unwrap_or("?").to_owned()
}

fn holder(facts: &Facts, bus: LiveBusNo) -> Option<&LiveDevice> {
    facts.device(facts.holder(bus)?)
}

fn holder_driver(facts: &Facts, bus: LiveBusNo) -> &str {
    holder(facts, bus).and_then(|device| device.driver.as_deref()).unwrap_or_default()
}

fn is_port(facts: &Facts, bus: LiveBusNo) -> bool {
    let model = pci_model(facts, bus);
    matches!(model, Some(PciModel::PcieRootPort | PciModel::PcieSwitchDownstreamPort))
}

fn depth(facts: &Facts, bus: LiveBusNo) -> usize {
    let mut at = bus;
    for depth in 0..256 {
        let above = facts.holder(at).and_then(|no| facts.device(no)?.bus);
        match above {
            Some(above) => at = above,
            None => return depth,
        }
    }
    256
}

/// Whether a bus accepts devices of this kind while the guest runs.
fn takes(facts: &Facts, kind: LiveBusKind, no: LiveBusNo) -> Result<(), PlaceError> {
    let Some(bus) = facts.bus(no) else { return Err(PlaceError::NoBus("such bus")) };
    let model = if is_express_root(facts, no, bus) {
        Some(PciModel::PcieRoot)
    } else if bus.root.is_some_and(|root| root.0 != 0) {
        Some(PciModel::PciExpanderBus)
    } else {
        pci_model(facts, no)
    };
    let behind = model.and_then(|model| BusRules::of(model, None).cold);
    if let Some(why) = bus.kind.cold().or(behind) {
        return Err(PlaceError::Cold(name(facts, no), why));
    }
    // A USB stick's inner adapter is not one for other disks.
    let inner = bus.kind == LiveBusKind::Scsi
        && holder(facts, no).is_some_and(|holder| matches!(holder.address, QdevAddress::Usb(_)));
    if bus.kind != kind || inner {
        return Err(PlaceError::WrongBus(name(facts, no)));
    }
    Ok(())
}

/// The root of a PCI Express machine; its name is the machine's own (QEMU `hw/pci-host/q35.c`,
/// `gpex.c`).
fn is_express_root(facts: &Facts, no: LiveBusNo, bus: &LiveBus) -> bool {
    Some(no) == facts.main_root()
        && bus.name.as_deref().is_some_and(|name| name.starts_with("pcie."))
}

fn taken_by(
    facts: &Facts,
    bus: LiveBusNo,
    test: impl Fn(QdevAddress) -> bool,
) -> Option<&LiveDevice> {
    facts.devices.iter().find(|device| device.bus == Some(bus) && test(device.address))
}

/// Whether a place exists and is free.
fn may_be_at(facts: &Facts, bus: LiveBusNo, address: QdevAddress) -> Result<(), PlaceError> {
    let outside = |what: String| Err(PlaceError::Outside(address.to_string(), what));
    let taken = |who: &LiveDevice| Err(PlaceError::Taken(address.to_string(), who.title()));
    match address {
        QdevAddress::Pci(slot, function) => {
            let (first, last) = slots(facts, bus);
            if slot < first || slot > last {
                let (first, last) = (first.get(), last.get());
                return outside(format!(
                    "slots of bus '{}' go from {first:02x} to {last:02x}",
                    name(facts, bus)
                ));
            }
            // The guest looks at the other functions when function 0 comes, and not again.
            let here = |other: QdevAddress| matches!(other, QdevAddress::Pci(s, f) if s == slot && (f == function || f == Function::ZERO));
            taken_by(facts, bus, here).map_or(Ok(()), taken)
        }
        QdevAddress::Scsi { channel, target, lun } => {
            let drives = scsi(facts, bus);
            let (at_target, at_unit) = drives.written(target, lun);
            if drives.is_own(at_target, at_unit) {
                return outside(format!("{target} is the adapter's own id"));
            }
            let is_there = drives.scsi_id(at_target, at_unit) == (target, lun)
                && drives.has(channel, at_target, at_unit);
            if !is_there {
                let (targets, units) = drives.last_scsi_id();
                return outside(format!(
                    "'{}' has channel 0, targets 0 to {targets} and units 0 to {units}",
                    holder_driver(facts, bus),
                ));
            }
            taken_by(facts, bus, |other| other == address).map_or(Ok(()), taken)
        }
        QdevAddress::Usb(_) => taken_by(facts, bus, |other| other == address).map_or(Ok(()), taken),
        _ => Ok(()),
    }
}

/// The model of the PCI controller behind which a bus is.
fn pci_model(facts: &Facts, bus: LiveBusNo) -> Option<PciModel> {
    ControllerModel::of_driver(holder_driver(facts, bus))?.0.pci
}

fn slots(facts: &Facts, bus: LiveBusNo) -> (Slot, Slot) {
    let is_root = facts.bus(bus).is_some_and(|bus| bus.root.is_some());
    let model = pci_model(facts, bus).or_else(|| is_root.then_some(PciModel::PciRoot));
    let rules = model.map(|model| BusRules::of(model, None));
    rules.map_or((Slot::ZERO, Slot::MAX), |rules| (rules.first, rules.last))
}

fn scsi(facts: &Facts, bus: LiveBusNo) -> Drives {
    Drives::of_driver(holder_driver(facts, bus)).unwrap_or(Drives::UNKNOWN)
}

fn first_free(facts: &Facts, bus: LiveBusNo) -> Option<QdevAddress> {
    let free = |address: &QdevAddress| may_be_at(facts, bus, *address).is_ok();
    match facts.bus(bus)?.kind {
        LiveBusKind::Pci => {
            let (first, last) = slots(facts, bus);
            let slots = Slot::all().filter(|slot| (first..=last).contains(slot));
            // A slot with any function is taken.
            let empty = |slot: &Slot| {
                taken_by(facts, bus, |other| matches!(other, QdevAddress::Pci(s, _) if s == *slot))
                    .is_none()
            };
            { slots }.find(empty).map(|slot| QdevAddress::Pci(slot, Function::ZERO))
        }
        LiveBusKind::Scsi => {
            let drives = scsi(facts, bus);
            let address = |(_, target, unit)| {
                let (target, lun) = drives.scsi_id(target, unit);
                QdevAddress::Scsi { channel: 0, target, lun }
            };
            drives.places().map(address).find(free)
        }
        // QEMU takes the lowest free port.
        LiveBusKind::Usb => Some(QdevAddress::None),
        _ => None,
    }
}
