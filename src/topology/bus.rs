//! Buses: the places that a controller, or the machine itself, offers.

use std::fmt;

use super::ids::{GuestBus, NodeId};
use super::place::{Place, Run};
use crate::machine::{BusRules, Drives, Geometry, Ports};
use crate::model::address::{Function, PortPath, Slot};
use crate::model::{Controller, ControllerIndex, ControllerKind, PciModel};

/// The identity of a bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BusId {
    /// The bus behind PCI controller N.
    Pci(ControllerIndex),
    /// The places of IDE, SCSI, SATA or floppy controller N.
    Drive(ControllerKind, ControllerIndex),
    /// USB controller N, companions included.
    Usb(ControllerIndex),
    /// The hub at this port of USB bus N.
    Hub(ControllerIndex, PortPath),
    /// virtio-serial controller N.
    VirtioSerial(ControllerIndex),
    /// Smartcard reader N.
    Ccid(ControllerIndex),
    /// The channel subsystem.
    Ccw,
    /// pSeries' virtual I/O bus.
    SpaprVio,
    /// The virtio-mmio transports.
    VirtioMmio,
    /// The ISA bus.
    Isa,
    /// The slots of memory modules.
    Dimm,
    /// Parts of the board, firmware or hypervisor.
    Board,
    /// Host devices that are kept from the guest.
    Unassigned,
    /// The bus behind the `-device` with this number, named by its id.
    Qemu(u32),
    /// The buses behind a device of which only the running guest knows any.
    Live(NodeId),
}

/// Formats the name in QEMU and libvirt; the root of a PCI Express guest is `pcie.0`, see
/// [`Bus::name`].
impl fmt::Display for BusId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pci(index) => write!(f, "pci.{index}"),
            Self::Drive(kind, index) => write!(f, "{}{index}", kind.as_str()),
            Self::Usb(index) => write!(f, "usb{index}"),
            Self::Hub(index, port) => write!(f, "usb{index} hub {port}"),
            Self::VirtioSerial(index) => write!(f, "virtio-serial{index}"),
            Self::Ccid(index) => write!(f, "ccid{index}"),
            Self::Ccw => f.write_str("css"),
            Self::SpaprVio => f.write_str("vio"),
            Self::VirtioMmio => f.write_str("virtio-mmio"),
            Self::Isa => f.write_str("isa"),
            Self::Dimm => f.write_str("memory"),
            Self::Board => f.write_str("board"),
            Self::Unassigned => f.write_str("unassigned"),
            Self::Qemu(number) => write!(f, "qemu{number}"),
            Self::Live(_) => f.write_str("live"),
        }
    }
}

/// The places of a bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// PCI slots, of which those from `first` to `last` may be used.
    Pci {
        /// The model of the controller.
        model: PciModel,
        /// The lowest slot a device may have.
        first: Slot,
        /// The highest slot a device may have.
        last: Slot,
    },
    /// Places for drives.
    Drive(Drives),
    /// The shape for these ports.
    Ports {
        /// Number of the first port.
        first: u32,
        /// The number of ports.
        count: u32,
    },
    /// Slots from 0.
    Slots {
        /// The number of slots.
        count: u32,
    },
    /// Any number of places.
    Open,
}

impl Shape {
    /// The places `controller` offers; `None` when it is a part of another's bus (a USB companion)
    /// or offers none at all.
    pub fn of(controller: &Controller) -> Option<Self> {
        if controller.kind == ControllerKind::Pci {
            return controller.pci_model().map(Self::pci);
        }
        match Geometry::offered(controller)? {
            Geometry::Drives(drives) => Some(Self::Drive(drives)),
            // libvirt knows no USB bus without ports (`domain_addr.c:
            // virDomainUSBAddressSetAddController`).
            Geometry::Ports(Ports { count: 0, .. }) if controller.kind == ControllerKind::Usb => {
                None
            }
            Geometry::Ports(ports) => Some(Self::ports(ports)),
            Geometry::Slots(count) => Some(Self::Slots { count }),
            Geometry::Open => Some(Self::Open),
            Geometry::Nothing | Geometry::Pci(_) => None,
        }
    }

    /// The shape for these ports.
    pub fn ports(Ports { first, count, .. }: Ports) -> Self {
        Self::Ports { first, count }
    }

    /// The slots behind a PCI controller (`domain_addr.c: virDomainPCIAddressBusSetModel`).
    pub fn pci(model: PciModel) -> Self {
        let rules = BusRules::of(model, None);
        Self::Pci { model, first: rules.first, last: rules.last }
    }

    /// Whether the bus has this place.
    pub fn has(self, place: Place) -> bool {
        match (self, place) {
            (Self::Pci { first, last, .. }, Place::Pci(slot, _)) => (first..=last).contains(&slot),
            (Self::Drive(drives), Place::Drive { bus, target, unit }) => {
                drives.has(bus, target, unit)
            }
            (Self::Ports { first, count }, Place::Port(port)) => {
                port.checked_sub(first).is_some_and(|nth| nth < count)
            }
            (Self::Slots { count }, Place::Slot(slot)) => slot < count,
            (_, Place::Unnumbered | Place::Device(_)) | (Self::Open, _) => true,
            _ => false,
        }
    }

    /// The number of places: whole slots on a PCI bus; `None` if it is unlimited.
    pub fn capacity(self) -> Option<u64> {
        match self {
            Self::Pci { first, last, .. } => Some(u64::from(last.get() - first.get()) + 1),
            Self::Drive(drives) => Some(drives.capacity()),
            Self::Ports { count, .. } | Self::Slots { count } => Some(u64::from(count)),
            Self::Open => None,
        }
    }

    /// The places in order, as far as they are few enough to be drawn one by one; SCSI targets by
    /// the hundred are not.
    fn places(self) -> Vec<Place> {
        const DRAWN: u64 = 256;
        if self.capacity().is_none_or(|capacity| capacity > DRAWN) {
            return Vec::new();
        }
        match self {
            Self::Pci { first, last, .. } => Slot::all()
                .filter(|slot| (first..=last).contains(slot))
                .map(|slot| Place::Pci(slot, Function::ZERO))
                .collect(),
            Self::Drive(drives) => drives
                .places()
                .map(|(bus, target, unit)| Place::Drive { bus, target, unit })
                .collect(),
            Self::Ports { first, count } => {
                (0..count).map(|nth| Place::Port(first + nth)).collect()
            }
            Self::Slots { count } => (0..count).map(Place::Slot).collect(),
            Self::Open => Vec::new(),
        }
    }
}

/// The places one controller offers, and the nodes on them.
#[derive(Clone, Debug)]
pub struct Bus {
    /// The controller that provides it.
    pub id: BusId,
    /// The places it has.
    pub shape: Shape,
    /// The node that provides it; `None` for the machine itself.
    pub parent: Option<NodeId>,
    /// The nodes on it by place; in document order within one place.
    pub nodes: Vec<NodeId>,
    /// The places that are taken, in order: those of `nodes`, and where live devices run.
    pub(super) places: Vec<Place>,
    /// The number the guest's firmware gives it, where that can be predicted.
    pub guest: Option<GuestBus>,
}

impl Bus {
    /// The name in QEMU and libvirt: `pcie.0`, `pci.3`, `scsi0`, `usb1`.
    pub fn name(&self) -> String {
        match self.shape {
            Shape::Pci { model: PciModel::PcieRoot, .. } => format!("pcie.{}", self.index()),
            _ => self.id.to_string(),
        }
    }

    fn index(&self) -> u32 {
        match self.id {
            BusId::Pci(index) => index.0,
            _ => 0,
        }
    }

    /// A place with its bus if the place alone is ambiguous: `03:00.0` (libvirt's bus) on PCI, the
    /// place itself elsewhere.
    pub fn full_place(&self, place: Place) -> String {
        match (self.id, place) {
            (BusId::Pci(index), Place::Pci(..)) => format!("{:02x}:{place}", index.0),
            _ => place.to_string(),
        }
    }

    /// Whether only the running guest has it.
    pub fn is_live(&self) -> bool {
        matches!(self.id, BusId::Live(_))
    }

    /// Whether it is a PCI bus.
    pub fn is_pci(&self) -> bool {
        matches!(self.shape, Shape::Pci { .. })
    }

    /// The number of taken places: slots on a PCI bus, each counted once.
    pub fn taken(&self) -> u64 {
        let mut taken = 0;
        let mut last = None;
        for place in &self.places {
            let unit = match place {
                Place::Pci(slot, _) => Place::Pci(*slot, Function::ZERO),
                place => *place,
            };
            if place == &Place::Unnumbered || last != Some(unit) {
                taken += 1;
            }
            last = Some(unit);
        }
        taken
    }

    /// The number of free places; `None` if it is unlimited.
    pub fn free(&self) -> Option<u64> {
        let outside = match self.shape {
            // The host bridge sits in slot 0 of a root bus, where no device may be put.
            Shape::Pci { first, .. } => {
                u64::from(self.places.iter().any(|place| place.slot().is_some_and(|s| s < first)))
            }
            _ => 0,
        };
        self.shape.capacity().map(|capacity| capacity.saturating_sub(self.taken() - outside))
    }

    /// Runs of free places in order.
    pub fn free_runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut taken = self.places.iter().peekable();
        let mut open = false;
        for place in self.shape.places() {
            let unit = |other: &Place| match other {
                Place::Pci(slot, _) => Place::Pci(*slot, Function::ZERO),
                other => *other,
            };
            while taken.next_if(|other| unit(other) < place).is_some() {}
            if taken.peek().is_some_and(|other| unit(other) == place) {
                open = false;
                continue;
            }
            match runs.last_mut().filter(|_| open && continues(place)) {
                Some(run) => {
                    run.last = place;
                    run.count += 1;
                }
                None => runs.push(Run { first: place, last: place, count: 1 }),
            }
            open = true;
        }
        runs
    }
}

/// Whether `place` continues the range before it: IDE channels do not.
fn continues(place: Place) -> bool {
    match place {
        Place::Drive { target, unit, .. } => target > 0 || unit > 0,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bus(shape: Shape, places: &[Place]) -> Bus {
        Bus {
            id: BusId::Isa,
            shape,
            parent: None,
            nodes: Vec::new(),
            places: places.to_vec(),
            guest: None,
        }
    }

    fn pci(slot: u32, function: u32) -> Place {
        Place::Pci(Slot::new(slot).unwrap(), Function::new(function).unwrap())
    }

    #[test]
    fn free_runs_lie_between_the_taken_slots() {
        let root = bus(
            Shape::pci(PciModel::PciRoot),
            &[pci(0, 0), pci(1, 0), pci(1, 1), pci(4, 0), pci(4, 0), pci(0x1f, 2)],
        );
        let runs: Vec<String> = root.free_runs().iter().map(ToString::to_string).collect();
        assert_eq!(runs, ["02–03", "05–1e"]);
        assert_eq!(root.taken(), 4);
        assert_eq!(root.free(), Some(28));
    }

    #[test]
    fn an_empty_port_is_one_free_place() {
        let port = bus(Shape::pci(PciModel::PcieRootPort), &[]);
        assert_eq!(port.free(), Some(1));
        assert_eq!(port.free_runs().len(), 1);
        let taken = bus(Shape::pci(PciModel::PcieRootPort), &[pci(0, 0), pci(0, 1)]);
        assert_eq!(taken.free(), Some(0));
        assert!(taken.free_runs().is_empty());
    }

    #[test]
    fn any_number_of_ports_can_be_asked_for() {
        let mut usb = Controller::new(ControllerKind::Usb, Some(ControllerIndex(0)));
        usb.model = Some("qemu-xhci".into());
        usb.ports = Some(u32::MAX);
        let empty = bus(Shape::of(&usb).unwrap(), &[]);
        assert_eq!(empty.free(), Some(u64::from(u32::MAX)));
        assert!(empty.free_runs().is_empty(), "too many to be drawn one by one");
    }

    #[test]
    fn runs_on_an_ide_controller_end_with_the_channel() {
        let mut ide = Controller::new(ControllerKind::Ide, Some(ControllerIndex(0)));
        ide.model = None;
        let shape = Shape::of(&ide).unwrap();
        let empty = bus(shape, &[]);
        let runs: Vec<String> = empty.free_runs().iter().map(ToString::to_string).collect();
        assert_eq!(runs, ["0:0:0–0:0:1", "1:0:0–1:0:1"]);
    }

    #[test]
    fn the_unit_of_the_adapter_itself_is_not_free() {
        let mut scsi = Controller::new(ControllerKind::Scsi, Some(ControllerIndex(0)));
        scsi.model = Some("lsilogic".into());
        let empty = bus(Shape::of(&scsi).unwrap(), &[]);
        assert_eq!(empty.free(), Some(7));
        let runs: Vec<String> = empty.free_runs().iter().map(ToString::to_string).collect();
        assert_eq!(runs, ["0:0:0–0:0:6"]);
    }
}
