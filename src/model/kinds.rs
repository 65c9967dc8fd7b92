//! The content of each device class, as far as addresses depend on it or it identifies the device.
//! Values are kept as written: an unknown model is still a model.

use std::borrow::Cow;
use std::fmt;

use strum::{EnumDiscriminants, EnumIter, EnumString, IntoStaticStr};

use super::{Controller, ControllerKind, Text};
use crate::text::masked_words;

/// The kind of a device: one variant for each class, with the content of the class's element.
///
/// The variants without their contents are [`DeviceClass`].
#[derive(Clone, Debug, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    doc = "The class of a device: the element that it is written as.\n\nThe variants of [`Kind`] \
           without their contents, in the order of libvirt's documentation of `<devices>`.",
    name(DeviceClass),
    derive(PartialOrd, Ord, Hash, EnumIter, EnumString, IntoStaticStr),
    strum(serialize_all = "lowercase")
)]
pub enum Kind {
    /// The element `<disk>`.
    Disk(Disk),
    /// The element `<controller>`.
    Controller(Controller),
    /// The element `<filesystem>`.
    Filesystem(Filesystem),
    /// The element `<interface>`.
    Interface(Interface),
    /// The element `<smartcard>`.
    Smartcard(Plain),
    /// The element `<parallel>`.
    Parallel(Chardev),
    /// The element `<serial>`.
    Serial(Chardev),
    /// The element `<console>`.
    Console(Chardev),
    /// The element `<channel>`.
    Channel(Chardev),
    /// The element `<input>`.
    Input(Plain),
    /// The element `<sound>`.
    Sound(Plain),
    /// The element `<video>`.
    Video(Video),
    /// The element `<hostdev>`.
    Hostdev(Hostdev),
    /// The element `<watchdog>`.
    Watchdog(Plain),
    /// The element `<memballoon>`.
    Memballoon(Plain),
    /// The element `<rng>`.
    Rng(Plain),
    /// The element `<crypto>`.
    Crypto(Plain),
    /// The element `<tpm>`.
    Tpm(Plain),
    /// `<nvram>`, which has nothing but its address.
    Nvram,
    /// The element `<hub>`.
    Hub(Plain),
    /// The element `<redirdev>`.
    Redirdev(Plain),
    /// The element `<shmem>`.
    Shmem(Plain),
    /// The element `<memory>`.
    Memory(Memory),
    /// The element `<iommu>`.
    Iommu(Plain),
    /// The element `<vsock>`.
    Vsock(Plain),
    /// The element `<panic>`.
    Panic(Plain),
    /// The element `<pstore>`.
    Pstore(Plain),
    /// A `-device` argument in `<qemu:commandline>`: drawn, never edited.
    Qemu(QemuDevice),
    /// An element that libvirt 11 does not know.
    Other {
        /// Name of the element.
        name: Text,
    },
}

impl Kind {
    /// The class, which is the variant.
    pub fn class(&self) -> DeviceClass {
        self.into()
    }

    /// The contents of a character device: `<serial>`, `<parallel>`, `<console>`, `<channel>`.
    pub fn chardev(&self) -> Option<&Chardev> {
        match self {
            Self::Parallel(chardev)
            | Self::Serial(chardev)
            | Self::Console(chardev)
            | Self::Channel(chardev) => Some(chardev),
            _ => None,
        }
    }

    /// A device of a class with a few values only; `None` for all other classes.
    pub fn of_plain(class: DeviceClass, plain: Plain) -> Option<Self> {
        Some(match class {
            DeviceClass::Smartcard => Self::Smartcard(plain),
            DeviceClass::Input => Self::Input(plain),
            DeviceClass::Sound => Self::Sound(plain),
            DeviceClass::Watchdog => Self::Watchdog(plain),
            DeviceClass::Memballoon => Self::Memballoon(plain),
            DeviceClass::Rng => Self::Rng(plain),
            DeviceClass::Crypto => Self::Crypto(plain),
            DeviceClass::Tpm => Self::Tpm(plain),
            DeviceClass::Hub => Self::Hub(plain),
            DeviceClass::Redirdev => Self::Redirdev(plain),
            DeviceClass::Shmem => Self::Shmem(plain),
            DeviceClass::Iommu => Self::Iommu(plain),
            DeviceClass::Vsock => Self::Vsock(plain),
            DeviceClass::Panic => Self::Panic(plain),
            DeviceClass::Pstore => Self::Pstore(plain),
            _ => return None,
        })
    }

    /// The content of a class with a few values only.
    pub fn plain(&self) -> Option<&Plain> {
        match self {
            Self::Smartcard(plain)
            | Self::Input(plain)
            | Self::Sound(plain)
            | Self::Watchdog(plain)
            | Self::Memballoon(plain)
            | Self::Rng(plain)
            | Self::Crypto(plain)
            | Self::Tpm(plain)
            | Self::Hub(plain)
            | Self::Redirdev(plain)
            | Self::Shmem(plain)
            | Self::Iommu(plain)
            | Self::Vsock(plain)
            | Self::Panic(plain)
            | Self::Pstore(plain) => Some(plain),
            _ => None,
        }
    }
}

impl Kind {
    /// Whether libvirt drops any address of such a device: of a memory balloon and a USB controller
    /// of model none (`domain_postparse.c: virDomainDeviceDefPostParseCommon`).
    pub fn drops_address(&self) -> bool {
        match self {
            Self::Memballoon(balloon) => balloon.model.as_deref() == Some("none"),
            Self::Controller(controller) => {
                let model = controller.model.as_deref();
                controller.kind == ControllerKind::Usb && model == Some("none")
            }
            _ => false,
        }
    }
}

/// The element `<disk>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// `device=`: `disk` (also when absent), `cdrom`, `floppy`, `lun`.
    pub device: Option<Text>,
    /// `type=`: `file`, `block`, `network`, `volume`, `vhostuser`, ...
    pub backend: Option<Text>,
    /// Value of `<target bus=>`.
    pub bus: Option<Text>,
    /// Value of `<target dev=>`.
    pub target: Option<Text>,
    /// `model=`: `virtio`, `virtio-transitional`, `virtio-non-transitional`.
    pub model: Option<Text>,
    /// The `<source>`: a file, device, volume or URL.
    pub source: Option<Text>,
    /// The element `<serial>`.
    pub serial: Option<Text>,
}

impl Disk {
    /// The source as it may be shown: passwords and tokens of a URL are masked.
    pub fn shown_source(&self) -> Option<Cow<'_, str>> {
        self.source.as_deref().map(masked_words)
    }
}

/// The element `<filesystem>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filesystem {
    /// `<driver type=>`: `path` (also when absent), `handle`, `virtiofs`, `mtp`, ...
    pub driver: Option<Text>,
    /// `model=`: `virtio`, `virtio-transitional`, `virtio-non-transitional`.
    pub model: Option<Text>,
    /// The `<source>` of the filesystem.
    pub source: Option<Text>,
    /// `<target dir=>`: the mount tag.
    pub target: Option<Text>,
}

/// The element `<interface>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// `type=`: `network`, `bridge`, `user`, `hostdev`, `vdpa`, `vhostuser`, ...
    pub backend: Option<Text>,
    /// Value of `<model type=>`.
    pub model: Option<Text>,
    /// Value of `<mac address=>`.
    pub mac: Option<Text>,
    /// The `<source>`: a network, bridge or device.
    pub source: Option<Text>,
    /// `<target dev=>`: the name on the host.
    pub target: Option<Text>,
    /// The host's PCI device, for type `hostdev`.
    pub host: Option<HostSource>,
}

/// The element `<hostdev>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hostdev {
    /// `mode=`: `subsystem` (also when absent) or `capabilities`.
    pub mode: Option<Text>,
    /// `type=`: `pci`, `usb`, `scsi`, `scsi_host`, `mdev`.
    pub backend: Option<Text>,
    /// `model=`: of an mdev (`vfio-pci`, `vfio-ccw`, `vfio-ap`) or a `scsi_host`.
    pub model: Option<Text>,
    /// `<source>`: the host's side.
    pub host: HostSource,
}

/// A PCI device of the *host*: real domain, bus, slot and function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostPci {
    /// PCI domain (segment).
    pub domain: u32,
    /// Bus number, 0..=0xff.
    pub bus: u32,
    /// Slot number, 0..=0x1f.
    pub slot: u32,
    /// Function number, 0..=7.
    pub function: u32,
}

impl fmt::Display for HostPci {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { domain, bus, slot, function } = self;
        write!(f, "{domain:04x}:{bus:02x}:{slot:02x}.{function:x}")
    }
}

/// The device of the host that is passed through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum HostSource {
    /// A PCI function.
    Pci(HostPci),
    /// A USB device by vendor and product, or by bus and device number.
    Usb {
        /// `vendor:product`, as written.
        ids: Option<(Text, Text)>,
        /// Bus and device number, as written.
        at: Option<(Text, Text)>,
    },
    /// A SCSI device of a host adapter.
    Scsi {
        /// `<adapter name=>`, such as `scsi_host2`, or an iSCSI name.
        adapter: Text,
        /// Bus, target and unit there; zeros for iSCSI.
        at: (u32, u32, u64),
    },
    /// A vhost SCSI target.
    ScsiHost {
        /// The adapter's `wwpn`.
        wwpn: Text,
    },
    /// A mediated device.
    Mdev {
        /// The device's `uuid`.
        uuid: Text,
    },
    /// An element without a readable device.
    #[default]
    Unknown,
}

/// Formats the host's name for it; empty if unknown.
impl fmt::Display for HostSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pci(at) => at.fmt(f),
            Self::Usb { ids: Some((vendor, product)), .. } => write!(f, "{vendor}:{product}"),
            Self::Usb { at: Some((bus, device)), .. } => write!(f, "bus {bus} device {device}"),
            Self::Usb { .. } | Self::Unknown => Ok(()),
            Self::Scsi { adapter, at: (bus, target, unit) } => {
                write!(f, "{adapter} {bus}:{target}:{unit}")
            }
            Self::ScsiHost { wwpn } => f.write_str(wwpn),
            Self::Mdev { uuid } => f.write_str(uuid),
        }
    }
}

/// `<serial>`, `<parallel>`, `<console>`, `<channel>`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chardev {
    /// `type=`: `pty`, `unix`, `spicevmc`, ...
    pub backend: Option<Text>,
    /// `<target type=>`: `isa-serial`, `usb-serial`, `virtio`, `serial`, ...
    pub target_type: Option<Text>,
    /// `<target name=>` of a channel.
    pub target_name: Option<Text>,
    /// Value of `<target port=>`.
    pub target_port: Option<u32>,
    /// `<target><model name=>` of a serial port.
    pub target_model: Option<Text>,
}

/// The element `<video>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Video {
    /// Value of `<model type=>`.
    pub model: Option<Text>,
    /// Value of `<model primary='yes'>`.
    pub primary: bool,
    /// `<driver name=>`: `qemu` or `vhostuser`.
    pub driver: Option<Text>,
}

/// The element `<memory>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// `model=`: `dimm`, `nvdimm`, `virtio-mem`, `virtio-pmem`, `sgx-epc`.
    pub model: Option<Text>,
    /// `<target><node>`: guest NUMA node.
    pub node: Option<u32>,
}

/// The content of a class with a few values only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plain {
    /// `model=` or `<model name=>` or `<model type=>`, whichever the class has.
    pub model: Option<Text>,
    /// `type=` (input, hub, redirdev, smartcard, crypto), `mode=` of a smartcard.
    pub kind: Option<Text>,
    /// `bus=` (input, redirdev).
    pub bus: Option<Text>,
    /// A name that a user chose (shmem), or a purpose (backend of a tpm or rng, action of a
    /// watchdog).
    pub name: Option<Text>,
}

/// The option of QEMU's command line that makes a device, in the order in which QEMU creates them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr)]
pub enum QemuOption {
    /// `-usb` and `-machine usb=on`: the USB controllers of the chipset.
    #[strum(serialize = "-usb")]
    Usb,
    /// `-vga`: the display of the board.
    #[strum(serialize = "-vga")]
    Vga,
    /// `-nic` and `-net nic`: a NIC of the board.
    #[strum(serialize = "-nic")]
    Nic,
    /// `-hda`, `-cdrom` and `-drive if=ide`: a drive on the controller of the board.
    #[strum(serialize = "-drive")]
    BoardDrive,
    /// The option `-device`.
    #[default]
    #[strum(serialize = "-device")]
    Device,
    /// The option `-drive if=virtio`.
    #[strum(serialize = "-drive")]
    Drive,
}

/// A device of QEMU's command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QemuDevice {
    /// The driver: the first word, or `driver=`.
    pub driver: Text,
    /// Value of `id=`.
    pub id: Option<Text>,
    /// `bus=`, as QEMU names it: `pci.0`, `pcie.0`, `scsi0.0`, `usb.0`.
    pub bus: Option<Text>,
    /// `addr=`, as QEMU reads it: `slot`, `slot.function`, hexadecimal; the unit of a drive of the
    /// board.
    pub addr: Option<Text>,
    /// Whether it is written as JSON: QEMU creates those after all others.
    pub json: bool,
    /// The option that makes it.
    pub option: QemuOption,
}
