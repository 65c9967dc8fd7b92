//! What each class of device says about itself, as far as addresses depend on it or a person
//! recognises the device by it. Words are kept as written: an unknown model is still a model.

use std::fmt;

use strum::{EnumDiscriminants, EnumIter, EnumString, IntoStaticStr};

use super::{Controller, ControllerKind, Text};

/// What a device is: one variant for each class, with what the element of that class contains.
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
    /// `<disk>`
    Disk(Disk),
    /// `<controller>`
    Controller(Controller),
    /// `<filesystem>`
    Filesystem(Filesystem),
    /// `<interface>`
    Interface(Interface),
    /// `<smartcard>`
    Smartcard(Plain),
    /// `<parallel>`
    Parallel(Chardev),
    /// `<serial>`
    Serial(Chardev),
    /// `<console>`
    Console(Chardev),
    /// `<channel>`
    Channel(Chardev),
    /// `<input>`
    Input(Plain),
    /// `<sound>`
    Sound(Plain),
    /// `<video>`
    Video(Video),
    /// `<hostdev>`
    Hostdev(Hostdev),
    /// `<watchdog>`
    Watchdog(Plain),
    /// `<memballoon>`
    Memballoon(Plain),
    /// `<rng>`
    Rng(Plain),
    /// `<crypto>`
    Crypto(Plain),
    /// `<tpm>`
    Tpm(Plain),
    /// `<nvram>`, which has nothing but its address.
    Nvram,
    /// `<hub>`
    Hub(Plain),
    /// `<redirdev>`
    Redirdev(Plain),
    /// `<shmem>`
    Shmem(Plain),
    /// `<memory>`
    Memory(Memory),
    /// `<iommu>`
    Iommu(Plain),
    /// `<vsock>`
    Vsock(Plain),
    /// `<panic>`
    Panic(Plain),
    /// `<pstore>`
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

    /// A device of a class that is a few words; `None` for all other classes.
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

    /// The contents of a class that is a few words.
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
    /// Whether libvirt drops the address of such a device, whatever it says: of a memory balloon and
    /// a USB controller of model none (`domain_postparse.c: virDomainDeviceDefPostParseCommon`).
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

/// `<disk>`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// `device=`: `disk` (also when absent), `cdrom`, `floppy`, `lun`.
    pub device: Option<Text>,
    /// `type=`: `file`, `block`, `network`, `volume`, `vhostuser`, ...
    pub backend: Option<Text>,
    /// `<target bus=>`
    pub bus: Option<Text>,
    /// `<target dev=>`
    pub target: Option<Text>,
    /// `model=`: `virtio`, `virtio-transitional`, `virtio-non-transitional`.
    pub model: Option<Text>,
    /// What `<source>` names: a file, device, volume or URL.
    pub source: Option<Text>,
    /// `<serial>`
    pub serial: Option<Text>,
}

/// `<filesystem>`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filesystem {
    /// `<driver type=>`: `path` (also when absent), `handle`, `virtiofs`, `mtp`, ...
    pub driver: Option<Text>,
    /// `model=`: `virtio`, `virtio-transitional`, `virtio-non-transitional`.
    pub model: Option<Text>,
    /// What `<source>` names.
    pub source: Option<Text>,
    /// `<target dir=>`: the mount tag.
    pub target: Option<Text>,
}

/// `<interface>`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// `type=`: `network`, `bridge`, `user`, `hostdev`, `vdpa`, `vhostuser`, ...
    pub backend: Option<Text>,
    /// `<model type=>`
    pub model: Option<Text>,
    /// `<mac address=>`
    pub mac: Option<Text>,
    /// What `<source>` names: a network, bridge or device.
    pub source: Option<Text>,
    /// `<target dev=>`: the name on the host.
    pub target: Option<Text>,
    /// The host's PCI device, for type `hostdev`.
    pub host: Option<HostSource>,
}

/// `<hostdev>`
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
    /// Slot, 0..=0x1f.
    pub slot: u32,
    /// Function, 0..=7.
    pub function: u32,
}

impl fmt::Display for HostPci {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { domain, bus, slot, function } = self;
        write!(f, "{domain:04x}:{bus:02x}:{slot:02x}.{function:x}")
    }
}

/// What a host device is on the host.
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
        /// Its `wwpn`.
        wwpn: Text,
    },
    /// A mediated device.
    Mdev {
        /// Its `uuid`.
        uuid: Text,
    },
    /// Nothing that could be read.
    #[default]
    Unknown,
}

/// What the host calls it; empty when unknown.
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
    /// `<target port=>`
    pub target_port: Option<u32>,
    /// `<target><model name=>` of a serial port.
    pub target_model: Option<Text>,
}

/// `<video>`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Video {
    /// `<model type=>`
    pub model: Option<Text>,
    /// `<model primary='yes'>`
    pub primary: bool,
    /// `<driver name=>`: `qemu` or `vhostuser`.
    pub driver: Option<Text>,
}

/// `<memory>`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// `model=`: `dimm`, `nvdimm`, `virtio-mem`, `virtio-pmem`, `sgx-epc`.
    pub model: Option<Text>,
    /// `<target><node>`: guest NUMA node.
    pub node: Option<u32>,
}

/// A class with no more to it than a few words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plain {
    /// `model=` or `<model name=>` or `<model type=>`, whichever the class has.
    pub model: Option<Text>,
    /// `type=` (input, hub, redirdev, smartcard, crypto), `mode=` of a smartcard.
    pub variety: Option<Text>,
    /// `bus=` (input, redirdev).
    pub bus: Option<Text>,
    /// A name a person gave it (shmem), or what it is for (backend of a tpm or rng, action of a
    /// watchdog).
    pub name: Option<Text>,
}

/// A `-device` argument.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QemuDevice {
    /// The driver: the first word, or `driver=`.
    pub driver: Text,
    /// `id=`
    pub id: Option<Text>,
    /// `bus=`, as QEMU names it: `pci.0`, `pcie.0`, `scsi0.0`, `usb.0`.
    pub bus: Option<Text>,
    /// `addr=`, as QEMU reads it: `slot`, `slot.function`, hexadecimal.
    pub addr: Option<Text>,
    /// Whether it is written as JSON: QEMU makes those after all others.
    pub json: bool,
}
