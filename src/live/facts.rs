//! Facts about a running guest, independent of the language of its monitor.
//!
//! [`Facts`] are devices on buses. `detect` finds out which of them are devices of the XML;
//! [`super::Enumeration`] is where the guest's firmware is with its counting.

use std::fmt;

pub use crate::machine::QemuBus as LiveBusKind;
use crate::machine::{ControllerModel, Model, PciId};
use crate::model::address::{CcwAddress, Function, IsaAddress, PortPath, Slot};
use crate::model::{PciModel, Text};
use crate::topology::{GuestAddress, GuestBus};

/// Number of a device in [`Facts::devices`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LiveNo(pub usize);

/// Number of a bus in [`Facts::buses`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LiveBusNo(pub usize);

/// A running guest as its monitor describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// QEMU's version, such as `10.0.2`.
    pub version: Option<Text>,
    /// The name of the guest: `-name`.
    pub name: Option<Text>,
    /// The machine type, such as `pc-i440fx-10.0`.
    pub machine: Option<Text>,
    /// The architecture, such as `x86_64`.
    pub arch: Option<Text>,
    /// Bytes of memory at start.
    pub memory: Option<u64>,
    /// The number of processors.
    pub processors: Option<u32>,
    /// Whether the guest runs.
    pub run: RunState,
    /// Whether the monitor reported its device tree; without it only devices on PCI and USB are
    /// known, as far as firmware has numbered them.
    pub has_tree: bool,
    /// Every device, chipset included.
    pub devices: Vec<LiveDevice>,
    /// All buses of the guest.
    pub buses: Vec<LiveBus>,
    /// The media that the block layer reports.
    pub drives: Vec<Drive>,
    /// The NICs that the network layer reports.
    pub nics: Vec<Nic>,
}

/// Whether a guest runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RunState {
    /// The monitor did not report it.
    #[default]
    Unknown,
    /// The guest runs.
    Running,
    /// The guest does not run; the monitor's reason: `paused`, `prelaunch`, `shutdown`, ...
    Stopped(Text),
}

/// A device of a running guest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveDevice {
    /// Its path in QEMU's object tree.
    pub path: Option<Text>,
    /// `id=` of its `-device`.
    pub id: Option<Text>,
    /// QEMU's name of the model, such as `virtio-net-pci`.
    pub driver: Option<Text>,
    /// The bus it is on.
    pub bus: Option<LiveBusNo>,
    /// The place on that bus.
    pub address: QdevAddress,
    /// The properties as a PCI function.
    pub pci: Option<PciFacts>,
    /// MAC address, lower case.
    pub mac: Option<Text>,
    /// The block node or drive it shows to the guest.
    pub drive: Option<Text>,
    /// The network backend it is connected to.
    pub netdev: Option<Text>,
    /// Name of a virtio-serial port.
    pub name: Option<Text>,
    /// Whether QEMU accepts `device_del`.
    pub hotpluggable: Option<bool>,
    /// Whether it was plugged after the start.
    pub hotplugged: Option<bool>,
    /// Whether its slot has, or may have, several functions.
    pub multifunction: Option<bool>,
    /// `bus_nr` of an expander bus: the number of the root bus it brings.
    pub bus_nr: Option<u8>,
    /// USB: number of the bus in order of creation, and the device number the guest has given it
    /// (0: none yet). Both may differ from boot to boot.
    pub usb: Option<(u32, u32)>,
}

/// The place of a device on its bus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QdevAddress {
    /// At no place that has a number.
    #[default]
    None,
    /// A PCI bus.
    Pci(Slot, Function),
    /// A USB bus: the ports on the way down.
    Usb(PortPath),
    /// A place on a SCSI bus, in QEMU's terms.
    Scsi {
        /// The property `channel`.
        channel: u32,
        /// The property `scsi-id`.
        target: u32,
        /// The property `lun`.
        lun: u32,
    },
    /// An IDE channel, SATA port or floppy controller: `unit`.
    Unit(u32),
    /// A virtio-serial controller: `nr`.
    Port(u32),
    /// A smartcard reader, or a memory socket.
    Slot(u32),
    /// The channel subsystem of an s390x guest.
    Ccw(CcwAddress),
    /// The virtual I/O bus of a pSeries guest: `reg`.
    Reg(u64),
    /// A PCI host bridge of a pSeries guest, by its index.
    Host(u32),
    /// The ISA bus.
    Isa {
        /// The number among its kind: `index`; only serial and parallel ports are counted.
        nth: Option<u32>,
        /// The I/O ports and interrupt, if the monitor reports them.
        at: IsaAddress,
    },
}

/// A bus of a running guest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveBus {
    /// The name: the value of `bus=` in a `-device`.
    pub name: Option<Text>,
    /// Its path in QEMU's object tree.
    pub path: Option<Text>,
    /// The kind of bus.
    pub kind: LiveBusKind,
    /// The device that offers it; `None` for a root.
    pub holder: Option<LiveNo>,
    /// The number of a PCI root bus: 0, or an expander's `bus_nr`.
    pub root: Option<GuestBus>,
}

/// The properties of a PCI function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PciFacts {
    /// Class and subclass.
    pub class: Option<u16>,
    /// Vendor and device.
    pub id: Option<PciId>,
    /// Subsystem vendor and device.
    pub subsystem: Option<PciId>,
    /// The interrupt line, when the function uses one.
    pub irq: Option<u32>,
    /// The interrupt pin, `A` to `D`.
    pub pin: Option<char>,
    /// The bus number by which the guest finds it; `None` until firmware has counted.
    pub bus: Option<GuestBus>,
    /// Base address registers.
    pub regions: Vec<Region>,
    /// The bus numbers of a bridge.
    pub bridge: Option<Bridge>,
}

/// A base address register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its number, 0..=5; 6 is the expansion ROM.
    pub bar: u32,
    /// I/O ports instead of memory.
    pub io: bool,
    /// The mapped address; `None` if it is not mapped.
    pub address: Option<u64>,
    /// The size in bytes; `None` if the monitor does not report it.
    pub size: Option<u64>,
    /// Whether it can be prefetched.
    pub prefetch: bool,
    /// Whether it can be above 4 GiB.
    pub wide: bool,
}

/// Bus numbers in a bridge, as firmware wrote them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bridge {
    /// The bus behind it; 0 until firmware has counted.
    pub secondary: u8,
    /// The highest bus behind it.
    pub subordinate: u8,
}

/// A medium that the block layer reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drive {
    /// Name of a `-drive`; empty for libvirt's.
    pub name: Text,
    /// Name of the block node at the top.
    pub node: Option<Text>,
    /// The file, device or URL.
    pub file: Option<Text>,
    /// The driver of the node at the top: `raw`, `qcow2`, ...
    pub format: Option<Text>,
    /// Whether it is write-protected.
    pub read_only: bool,
    /// The device it is attached to: an id or path.
    pub at: Option<Text>,
}

/// A NIC that the network layer reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nic {
    /// The device's id, or QEMU's own name for it (`e1000.0`).
    pub name: Text,
    /// QEMU's name of the model.
    pub model: Text,
    /// MAC address, lower case.
    pub mac: Text,
}

impl Facts {
    /// The device with this number.
    pub fn device(&self, no: LiveNo) -> Option<&LiveDevice> {
        self.devices.get(no.0)
    }

    /// The bus with this number.
    pub fn bus(&self, no: LiveBusNo) -> Option<&LiveBus> {
        self.buses.get(no.0)
    }

    /// All devices with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (LiveNo, &LiveDevice)> {
        self.devices.iter().enumerate().map(|(no, device)| (LiveNo(no), device))
    }

    /// All buses with their numbers.
    pub fn numbered_buses(&self) -> impl Iterator<Item = (LiveBusNo, &LiveBus)> {
        self.buses.iter().enumerate().map(|(no, bus)| (LiveBusNo(no), bus))
    }

    /// The device with this id.
    pub fn by_id(&self, id: &str) -> Option<LiveNo> {
        self.numbered().find(|(_, device)| device.id.as_deref() == Some(id)).map(|(no, _)| no)
    }

    /// The device with this id, path or MAC address, or at this place of the guest (`00:04.0`).
    pub fn named(&self, name: &str) -> Option<LiveNo> {
        let by_word = |device: &LiveDevice| {
            [&device.id, &device.path, &device.mac].into_iter().flatten().any(|own| &**own == name)
        };
        let by_place = |device: &LiveDevice| {
            let QdevAddress::Pci(slot, function) = device.address else { return false };
            let bus = device.pci.as_ref().and_then(|pci| pci.bus);
            let address = bus.map(|bus| GuestAddress { bus, slot, function });
            address.is_some_and(|address| address.to_string() == name)
        };
        let find = |test: &dyn Fn(&LiveDevice) -> bool| {
            self.numbered().find(|(_, device)| test(device)).map(|(no, _)| no)
        };
        find(&by_word).or_else(|| find(&by_place))
    }

    /// The kind of bus a device is on.
    pub fn bus_kind(&self, no: LiveNo) -> LiveBusKind {
        self.device(no)
            .and_then(|device| self.bus(device.bus?))
            .map_or(LiveBusKind::Other, |bus| bus.kind)
    }

    /// The PCI root bus with number 0, or the only one. On pSeries every host bridge counts from 0;
    /// libvirt's `pci.0` is the machine's own.
    pub fn main_root(&self) -> Option<LiveBusNo> {
        let roots = || {
            self.numbered_buses()
                .filter(|(_, bus)| bus.kind == LiveBusKind::Pci && bus.root.is_some())
        };
        let is_own = |bus: &LiveBus| matches!(bus.name.as_deref(), Some("pci.0" | "pcie.0"));
        let zeros = || roots().filter(|(_, bus)| bus.root == Some(GuestBus(0)));
        let zero = zeros().find(|(_, bus)| is_own(bus)).or_else(|| zeros().next());
        zero.or_else(|| roots().next()).map(|(no, _)| no)
    }

    /// The device with a place of its own that offers `bus`: a virtio adapter's inner parts are
    /// skipped.
    pub fn holder(&self, bus: LiveBusNo) -> Option<LiveNo> {
        let mut holder = self.bus(bus)?.holder?;
        // QEMU nests a virtio adapter two deep; deeper levels do not occur.
        for _ in 0..4 {
            match self.device(holder).and_then(|device| device.bus) {
                Some(on) if self.bus(on).is_some_and(|on| on.kind == LiveBusKind::Virtio) => {
                    holder = self.bus(on)?.holder?;
                }
                _ => break,
            }
        }
        Some(holder)
    }

    /// The live bus that devices of a controller sit on.
    pub fn offered(&self, no: LiveNo, kind: Option<LiveBusKind>) -> Option<LiveBusNo> {
        let facts = self;
        let held = |no: LiveNo| {
            facts
                .numbered_buses()
                .find(|(bus, own)| Some(own.kind) == kind && facts.holder(*bus) == Some(no))
                .map(|(bus, _)| bus)
        };
        let expander = facts.device(no)?;
        if let Some(bus) = held(no) {
            return Some(bus);
        }
        // Behind a pxb is a hidden bridge on a root bus; a pxb-pcie is beside its root bus.
        if let Some(inner) =
            facts.numbered().map(|(no, _)| no).find(|i| facts.expander_of(*i) == Some(no))
        {
            return held(inner);
        }
        let by_number = || {
            let number = GuestBus(expander.bus_nr.filter(|number| *number != 0)?);
            facts.numbered_buses().find(|(_, bus)| bus.root == Some(number)).map(|(no, _)| no)
        };
        let by_name = || {
            let id = expander.id.as_ref()?;
            let named = |bus: &&LiveBus| bus.name.as_ref() == Some(id);
            facts.numbered_buses().find(|(_, bus)| named(bus)).map(|(no, _)| no)
        };
        let is_expander = expander.pci.as_ref().is_some_and(|pci| pci.class == Some(0x0600));
        let known = || by_number().or_else(by_name).or_else(|| facts.lone_root(no));
        is_expander.then(known).flatten()
    }

    /// The only root bus without a known expander, if `no` is the only `pxb-pcie`: a listing does
    /// not connect them.
    fn lone_root(&self, no: LiveNo) -> Option<LiveBusNo> {
        let mut expanders =
            self.numbered().filter(|(_, device)| device.is_controller(PciModel::PcieExpanderBus));
        let mut roots = self.numbered_buses().filter(|(bus, own)| {
            own.root.is_some_and(|root| root.0 != 0)
                && !self
                    .numbered()
                    .any(|(inner, device)| device.bus == Some(*bus) && self.is_inner_bridge(inner))
        });
        match (expanders.next(), expanders.next(), roots.next(), roots.next()) {
            (Some((only, _)), None, Some((root, _)), None) if only == no => Some(root),
            _ => None,
        }
    }

    /// Whether a device has a place that a libvirt address can name, and is not the inner part of
    /// another.
    pub fn has_address(&self, no: LiveNo) -> bool {
        let Some(device) = self.device(no) else { return false };
        match device.address {
            QdevAddress::None => false,
            // usb-storage is a SCSI adapter with one disk that is not configured.
            QdevAddress::Scsi { .. } => {
                device.bus.and_then(|bus| self.holder(bus)).is_none_or(|holder| {
                    !matches!(
                        self.device(holder).map(|device| device.address),
                        Some(QdevAddress::Usb(_))
                    )
                })
            }
            _ => !self.is_inner_bridge(no),
        }
    }

    /// Whether it is the bridge that QEMU adds behind a `pxb`
    /// (`hw/pci-bridge/pci_expander_bridge.c: pxb_dev_realize_common`): the only device of a root
    /// bus other than bus 0, named like the expander, never in an XML.
    pub fn is_inner_bridge(&self, no: LiveNo) -> bool {
        self.expander_of(no).is_some()
    }

    /// The expander that `no` is the inner bridge of.
    pub fn expander_of(&self, no: LiveNo) -> Option<LiveNo> {
        let device = self.device(no)?;
        let bus = self.bus(device.bus?)?;
        let number = bus.root.filter(|root| root.0 != 0)?;
        if !device.is_controller(PciModel::PciBridge) {
            return None;
        }
        let mut found = self.numbered().filter(|(_, expander)| {
            let is = expander.is_controller(PciModel::PciExpanderBus);
            let same = match expander.bus_nr {
                Some(own) => own == number.0,
                None => expander.id == device.id,
            };
            is && same
        });
        // Several without a name or number cannot be distinguished.
        let first = found.next().map(|(other, _)| other);
        first.filter(|_| found.next().is_none())
    }
}

impl LiveDevice {
    /// Whether it has the ids of a PCI controller of this model.
    fn is_controller(&self, model: PciModel) -> bool {
        let id = self.pci.as_ref().and_then(|pci| pci.id);
        let row = ControllerModel::of_pci(model).zip(id);
        row.is_some_and(|(row, id)| row.model.ids.has(id))
    }

    /// QEMU's name of its model: as the monitor reports it, else by its PCI ids.
    pub fn qemu_driver(&self) -> Option<&str> {
        self.driver.as_deref().or_else(|| {
            let pci = self.pci.as_ref()?;
            Model::of_id(pci.id?, pci.class).map(|(_, driver)| driver.name)
        })
    }

    /// A title: the id, else the path, else the model.
    pub fn title(&self) -> String {
        let words = [&self.id, &self.path, &self.driver];
        match words.into_iter().flatten().next() {
            Some(word) => word.to_string(),
            None => match self.pci.as_ref().and_then(|pci| pci.id) {
                Some(id) => id.to_string(),
                None => "device".to_owned(),
            },
        }
    }

    /// The argument of QEMU's `device_del`: the id, else the path.
    pub fn handle(&self) -> Option<&str> {
        self.id.as_deref().or(self.path.as_deref())
    }
}

impl RunState {
    /// The state QMP's `status` names.
    pub fn from_name(word: &str) -> Self {
        match word {
            "" => Self::Unknown,
            "running" => Self::Running,
            other => Self::Stopped(other.into()),
        }
    }
}

/// `running`, or why not; empty when unknown.
impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => Ok(()),
            Self::Running => f.write_str("running"),
            Self::Stopped(word) => f.write_str(word),
        }
    }
}

/// `05.0`, `1.2`, `0:2:1` (channel:target:lun), `fe.0.0001`, `0x3f8 irq 0x4`, a number; empty for
/// none.
impl fmt::Display for QdevAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Pci(slot, function) => write!(f, "{:02x}.{:x}", slot.get(), function.get()),
            Self::Usb(port) => port.fmt(f),
            Self::Scsi { channel, target, lun } => write!(f, "{channel}:{target}:{lun}"),
            Self::Unit(number) | Self::Port(number) | Self::Slot(number) | Self::Host(number) => {
                number.fmt(f)
            }
            Self::Ccw(address) => address.fmt(f),
            Self::Reg(reg) => write!(f, "{reg:#x}"),
            Self::Isa { at, .. } => at.fmt(f),
        }
    }
}
