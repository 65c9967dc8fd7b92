//! What a configured device would look like on a monitor.

use super::facts::{Facts, LiveBusKind, LiveNo};
use super::{board, mainframe};
use crate::machine::{Machine, PciId, implicit_bus, pci_id};
use crate::model::{
    Address, Controller, ControllerKind, Device, DeviceClass, HostSource, Kind, PciModel,
};
use crate::topology::drive_kind;

/// What to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// Nothing: it has no place, or none that a monitor tells.
    Nothing,
    /// The root of the PCI buses itself.
    Root,
    /// A PCI function with one of these ids, or without ids of one of these classes; with neither
    /// only its place tells.
    Pci {
        /// Vendor and device.
        ids: Vec<PciId>,
        /// Class, and how many of its upper bits count.
        class: Option<(u16, u16)>,
        /// How the model's name begins.
        driver: Option<&'static str>,
    },
    /// A device on a bus of this kind, by QEMU's models.
    Model(LiveBusKind, &'static [&'static str]),
    /// The one that a machine has on such a bus, by QEMU's models; several may be a part of it.
    Part(LiveBusKind, &'static [&'static str]),
    /// A disk on a controller of this kind.
    Drive(ControllerKind, Medium),
    /// A USB device, by QEMU's models.
    Usb(&'static [&'static str]),
    /// A virtio-serial port, by QEMU's model.
    Port(&'static str),
    /// A smartcard.
    Card,
    /// A memory module, by QEMU's model.
    Module(&'static str),
}

/// What hangs on a drive controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Medium {
    /// A disk.
    Disk,
    /// A CD or DVD drive.
    Cd,
    /// A floppy drive.
    Floppy,
    /// A host device behind `scsi-generic` or `scsi-block`.
    Host,
}

/// Devices that are USB devices by their class alone (QEMU `hw/usb/*.c`).
const USB_CLASSES: &[(DeviceClass, &[&str])] =
    &[(DeviceClass::Hub, &["usb-hub"]), (DeviceClass::Redirdev, &["usb-redir"])];

/// USB devices by their class and variant.
const USB_MODELS: &[(DeviceClass, &str, &[&str])] = &[
    (DeviceClass::Disk, "usb", &["usb-storage", "usb-bot", "usb-uas"]),
    (DeviceClass::Interface, "usb-net", &["usb-net"]),
    (DeviceClass::Sound, "usb", &["usb-audio"]),
    (DeviceClass::Serial, "usb-serial", &["usb-serial"]),
    (DeviceClass::Filesystem, "mtp", &["usb-mtp"]),
];

/// USB input devices by their kind.
const USB_INPUTS: &[(&str, &[&str])] =
    &[("tablet", &["usb-tablet"]), ("mouse", &["usb-mouse"]), ("keyboard", &["usb-kbd"])];

/// Classes of devices whose model the XML may leave open, and that of some host devices.
const OPEN_CLASSES: &[(DeviceClass, (u16, u16))] = &[
    (DeviceClass::Interface, (0x0200, 0xff00)),
    (DeviceClass::Video, (0x0300, 0xff00)),
    (DeviceClass::Sound, (0x0400, 0xff00)),
    (DeviceClass::Serial, (0x0700, 0xff00)),
];

/// Classes that tell models with one id apart (`virtio-keyboard-pci`, ...; `bochs-display`).
const NARROW_CLASSES: &[(DeviceClass, &str, u16)] = &[
    (DeviceClass::Input, "keyboard", 0x0900),
    (DeviceClass::Input, "mouse", 0x0902),
    (DeviceClass::Input, "tablet", 0x0980),
    (DeviceClass::Video, "vga", 0x0300),
    (DeviceClass::Video, "bochs", 0x0380),
];

impl Want {
    /// What `device` of a guest on `machine` looks like.
    pub(super) fn of(device: &Device, machine: Machine) -> Self {
        if let Kind::Memory(memory) = &device.kind {
            match memory.model.as_deref() {
                Some("dimm") => return Self::Module("pc-dimm"),
                Some("nvdimm") => return Self::Module("nvdimm"),
                _ => {}
            }
        }
        let home = implicit_bus(device, machine);
        // An address says more than where such devices usually are.
        if let (Some(home), None | Some(Address::Isa(_))) = (home, device.value()) {
            return board::want(device, machine, home);
        }
        if let Some((bus, models)) = mainframe::models(device, machine)
            && !is_on_another_bus(device)
        {
            return Self::Model(bus, models);
        }
        if home.is_some() {
            return Self::Nothing;
        }
        match &device.kind {
            Kind::Controller(controller) => Self::of_controller(device, controller),
            Kind::Disk(disk) => match drive_kind(disk) {
                Some(kind) => {
                    let medium = match disk.device.as_deref() {
                        Some("cdrom") => Medium::Cd,
                        Some("floppy") => Medium::Floppy,
                        Some("lun") => Medium::Host,
                        _ if kind == ControllerKind::Fdc => Medium::Floppy,
                        _ => Medium::Disk,
                    };
                    Self::Drive(kind, medium)
                }
                None => Self::of_usb(device).unwrap_or_else(|| Self::of_pci(device)),
            },
            Kind::Hostdev(hostdev) => match hostdev.host {
                HostSource::Usb { .. } => Self::Usb(&["usb-host"]),
                HostSource::Scsi { .. } => Self::Drive(ControllerKind::Scsi, Medium::Host),
                HostSource::Pci(_) | HostSource::Mdev { .. } => Self::host_pci(),
                HostSource::ScsiHost { .. } | HostSource::Unknown => Self::of_pci(device),
            },
            Kind::Interface(interface) if interface.host.is_some() => Self::host_pci(),
            Kind::Chardev(chardev) => match (device.class(), chardev.target_type.as_deref()) {
                (DeviceClass::Channel, Some("virtio")) => Self::Port("virtserialport"),
                (DeviceClass::Console, Some("virtio")) => Self::Port("virtconsole"),
                (DeviceClass::Channel | DeviceClass::Console, _) => Self::Nothing,
                _ => Self::of_usb(device).unwrap_or_else(|| Self::of_pci(device)),
            },
            Kind::Plain(_) if device.class() == DeviceClass::Smartcard => Self::Card,
            Kind::Qemu(qemu) => {
                let ids = expected(device);
                let pci = !ids.is_empty() || qemu.addr.is_some();
                if pci { Self::Pci { ids, class: None, driver: None } } else { Self::Nothing }
            }
            _ => Self::of_usb(device).unwrap_or_else(|| Self::of_pci(device)),
        }
    }

    fn of_controller(device: &Device, controller: &Controller) -> Self {
        match controller.kind {
            // Beside the machine's own there are more host bridges on pSeries only.
            ControllerKind::Pci
                if controller.pci_model().is_some_and(PciModel::is_root)
                    && controller.index_or_zero().0 != 0 =>
            {
                Self::Model(LiveBusKind::System, &["spapr-pci-host-bridge"])
            }
            ControllerKind::Pci if controller.pci_model().is_some_and(PciModel::is_root) => {
                Self::Root
            }
            ControllerKind::Ccid => Self::Usb(&["usb-ccid"]),
            ControllerKind::Fdc | ControllerKind::Isa | ControllerKind::Xenbus => Self::Nothing,
            ControllerKind::Usb if controller.model.is_none() => {
                Self::Pci { ids: Vec::new(), class: Some((0x0c03, 0xffff)), driver: None }
            }
            // libvirt's default is an lsilogic (`qemu_domain_address.c:
            // qemuDomainFindOrCreateSCSIDiskController`).
            ControllerKind::Scsi if matches!(controller.model.as_deref(), None | Some("auto")) => {
                let ids = vec![PciId { vendor: 0x1000, device: 0x0012 }];
                Self::Pci { ids, class: None, driver: None }
            }
            _ => Self::of_pci(device),
        }
    }

    fn of_usb(device: &Device) -> Option<Self> {
        let class = device.class();
        if let Kind::Plain(plain) = &device.kind
            && class == DeviceClass::Input
        {
            let usb = plain.bus.as_deref() == Some("usb");
            let row = USB_INPUTS.iter().find(|row| plain.variety.as_deref() == Some(row.0));
            return row.filter(|_| usb).map(|row| Self::Usb(row.1));
        }
        let by_class = USB_CLASSES.iter().find(|row| row.0 == class).map(|row| row.1);
        let variant = device.variant().unwrap_or_default();
        let by_model = USB_MODELS.iter().find(|row| row.0 == class && row.1 == variant);
        by_class.or(by_model.map(|row| row.2)).map(Self::Usb)
    }

    fn of_pci(device: &Device) -> Self {
        let ids = expected(device);
        let word = match &device.kind {
            Kind::Plain(plain) => plain.variety.as_deref(),
            _ => device.variant(),
        };
        let narrow = NARROW_CLASSES
            .iter()
            .find(|row| row.0 == device.class() && Some(row.1) == word)
            .map(|row| (row.2, 0xffff));
        let open = OPEN_CLASSES.iter().find(|row| row.0 == device.class()).map(|row| row.1);
        let class = if ids.is_empty() { open } else { narrow };
        let placeless = ids.is_empty() && class.is_none() && device.pci().is_none();
        if placeless { Self::Nothing } else { Self::Pci { ids, class, driver: None } }
    }

    fn host_pci() -> Self {
        Self::Pci { ids: Vec::new(), class: None, driver: Some("vfio-pci") }
    }

    /// Whether a live device may be the wanted one by what it is; where it is does not count.
    pub(super) fn fits(&self, facts: &Facts, no: LiveNo) -> bool {
        let Some(live) = facts.device(no) else { return false };
        let driver = live.driver.as_deref();
        match self {
            Self::Nothing | Self::Root | Self::Part(..) => false,
            Self::Pci { ids, class, driver: prefix } => {
                let Some(pci) = &live.pci else { return false };
                let id = ids.is_empty() || pci.id.is_none_or(|id| ids.contains(&id));
                let class = class.is_none_or(|(class, mask)| {
                    pci.class.is_none_or(|own| own & mask == class & mask)
                });
                let driver = match (prefix, driver) {
                    (Some(prefix), Some(driver)) => driver.starts_with(prefix),
                    _ => true,
                };
                id && class && driver
            }
            Self::Drive(kind, medium) => {
                let bus = match facts.bus_kind(no) {
                    LiveBusKind::Scsi => *kind == ControllerKind::Scsi,
                    LiveBusKind::Ide => matches!(kind, ControllerKind::Ide | ControllerKind::Sata),
                    LiveBusKind::Floppy => *kind == ControllerKind::Fdc,
                    _ => false,
                };
                bus && facts.is_seated(no) && driver.is_none_or(|driver| medium.fits(driver))
            }
            Self::Usb(drivers) => {
                facts.bus_kind(no) == LiveBusKind::Usb
                    && driver.is_none_or(|driver| drivers.contains(&driver))
            }
            Self::Port(model) => {
                facts.bus_kind(no) == LiveBusKind::Serial && driver.is_none_or(|own| own == *model)
            }
            Self::Model(kind, models) => {
                facts.bus_kind(no) == *kind && driver.is_none_or(|driver| models.contains(&driver))
            }
            Self::Card => facts.bus_kind(no) == LiveBusKind::Ccid,
            Self::Module(model) => driver == Some(*model),
        }
    }

    /// Whether what it is says enough to find it without its place.
    pub(super) fn is_telling(&self) -> bool {
        match self {
            Self::Nothing | Self::Root | Self::Part(..) => false,
            Self::Pci { ids, class, driver } => {
                !ids.is_empty() || class.is_some() || driver.is_some()
            }
            _ => true,
        }
    }
}

/// Whether what a device is says that it hangs on a drive controller or a USB bus.
fn is_on_another_bus(device: &Device) -> bool {
    match &device.kind {
        Kind::Disk(disk) => drive_kind(disk).is_some() || Want::of_usb(device).is_some(),
        Kind::Hostdev(hostdev) => {
            matches!(
                hostdev.host,
                HostSource::Usb { .. } | HostSource::Scsi { .. } | HostSource::Pci(_)
            )
        }
        Kind::Controller(controller) => {
            !matches!(controller.kind, ControllerKind::Scsi | ControllerKind::VirtioSerial)
        }
        _ => Want::of_usb(device).is_some(),
    }
}

impl Medium {
    fn fits(self, driver: &str) -> bool {
        match self {
            Self::Cd => driver.ends_with("-cd"),
            Self::Floppy => driver == "floppy",
            Self::Disk => !driver.ends_with("-cd"),
            Self::Host => matches!(driver, "scsi-generic" | "scsi-block"),
        }
    }
}

/// The ids a device may have: a virtio device's depend on where it is.
fn expected(device: &Device) -> Vec<PciId> {
    let id = |behind_port| pci_id(device, behind_port);
    let mut ids: Vec<PciId> = id(false).into_iter().chain(id(true)).collect();
    ids.dedup();
    ids
}
