//! The number of free places by kind.

use super::Guest;
use crate::model::{ControllerKind, PciModel};
use crate::topology::{Bus, BusId, Shape};

/// Free places of one kind, over all controllers of the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Headroom {
    /// `PCIe hot-plug`, `PCI`, `SCSI`, `SATA`, `USB`, `virtio-serial`.
    pub name: &'static str,
    /// The number of free places.
    pub free: u64,
    /// The number of all places.
    pub all: u64,
}

impl Headroom {
    /// The kind for people: the slots of `pcie.0` have no hot-plug.
    pub fn label(&self) -> &'static str {
        if self.name == INTEGRATED { "pcie.0 (no hot-plug)" } else { self.name }
    }
}

/// The slots of the root bus of PCI Express.
const INTEGRATED: &str = "integrated";

/// Kinds of places in the order they are shown.
const KINDS: &[&str] =
    &["PCIe hot-plug", "PCI", INTEGRATED, "IDE", "SCSI", "SATA", "USB", "virtio-serial"];

/// The free places of every kind in the guest.
pub fn headroom(guest: Guest<'_>) -> Vec<Headroom> {
    let mut rooms: Vec<Headroom> =
        KINDS.iter().map(|name| Headroom { name, free: 0, all: 0 }).collect();
    for (_, bus) in guest.topology.buses() {
        let Some(name) = kind(guest, bus) else { continue };
        let (Some(free), Some(all)) = (bus.free(), bus.shape.capacity()) else { continue };
        if let Some(room) = rooms.iter_mut().find(|room| room.name == name) {
            room.free += free;
            room.all += all;
        }
    }
    rooms.retain(|room| room.all > 0);
    rooms
}

fn kind(guest: Guest<'_>, bus: &Bus) -> Option<&'static str> {
    let unplugged = || {
        let parent = bus.parent.and_then(|no| guest.topology.device(guest.domain, no));
        let controller = parent.and_then(|device| device.controller());
        controller.is_some_and(|controller| controller.target.hotplug == Some(false))
    };
    match (bus.id, bus.shape) {
        (_, Shape::Pci { model, .. }) => match model {
            PciModel::PcieRootPort | PciModel::PcieSwitchDownstreamPort => {
                (!unplugged()).then_some("PCIe hot-plug")
            }
            PciModel::PcieRoot => Some(INTEGRATED),
            // Only other bridges and ports go there.
            PciModel::PcieSwitchUpstreamPort | PciModel::PcieExpanderBus => None,
            _ => Some("PCI"),
        },
        (BusId::Drive(kind, _), _) => match kind {
            ControllerKind::Ide => Some("IDE"),
            ControllerKind::Scsi => Some("SCSI"),
            ControllerKind::Sata => Some("SATA"),
            _ => None,
        },
        (BusId::Usb(_) | BusId::Hub(..), _) => Some("USB"),
        (BusId::VirtioSerial(_), _) => Some("virtio-serial"),
        _ => None,
    }
}
