//! The PCI vendor and device ids that a guest sees for each device model.
//!
//! Read from QEMU 10.0.2 with `query-pci`, each device plugged into a conventional bus and behind a
//! root port. A virtio device without a suffix in its model is *transitional* on a conventional bus
//! and directly on pcie.0, and *modern* behind a port (QEMU `hw/virtio/virtio-pci.c`).

use std::fmt;

use crate::model::{Controller, ControllerKind, Device, DeviceClass, Kind};

/// A PCI vendor and device id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PciId {
    /// Vendor, as given out by the PCI-SIG.
    pub vendor: u16,
    /// Device, as numbered by the vendor.
    pub device: u16,
}

/// `8086:7113`
impl fmt::Display for PciId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:04x}", self.vendor, self.device)
    }
}

/// What besides the model decides about the id.
#[derive(Clone, Copy, Debug, Default)]
pub struct IdContext {
    /// Whether the device sits behind a root or downstream port.
    pub behind_port: bool,
}

/// The ids of one model.
#[derive(Clone, Copy, Debug)]
enum Ids {
    /// The same everywhere.
    Fixed(u16, u16),
    /// Red Hat's virtio: transitional and modern device id.
    Virtio(u16, u16),
    /// virtio without a transitional form.
    Modern(u16),
}

use Ids::{Fixed, Modern, Virtio};

const VIRTIO_VENDOR: u16 = 0x1af4;

/// Device class, model (`*`: any; a virtio model matches with its suffixes), ids.
const DEVICES: &[(DeviceClass, &str, Ids)] = &[
    (DeviceClass::Disk, "virtio", Virtio(0x1001, 0x1042)),
    (DeviceClass::Interface, "virtio", Virtio(0x1000, 0x1041)),
    (DeviceClass::Interface, "e1000", Fixed(0x8086, 0x100e)),
    (DeviceClass::Interface, "82540EM", Fixed(0x8086, 0x100e)),
    (DeviceClass::Interface, "e1000-82544gc", Fixed(0x8086, 0x100c)),
    (DeviceClass::Interface, "82544GC", Fixed(0x8086, 0x100c)),
    (DeviceClass::Interface, "e1000-82545em", Fixed(0x8086, 0x100f)),
    (DeviceClass::Interface, "82545EM", Fixed(0x8086, 0x100f)),
    (DeviceClass::Interface, "e1000e", Fixed(0x8086, 0x10d3)),
    (DeviceClass::Interface, "igb", Fixed(0x8086, 0x10c9)),
    (DeviceClass::Interface, "rtl8139", Fixed(0x10ec, 0x8139)),
    (DeviceClass::Interface, "vmxnet3", Fixed(0x15ad, 0x07b0)),
    (DeviceClass::Interface, "ne2k_pci", Fixed(0x10ec, 0x8029)),
    (DeviceClass::Interface, "pcnet", Fixed(0x1022, 0x2000)),
    (DeviceClass::Interface, "i82551", Fixed(0x8086, 0x1209)),
    (DeviceClass::Interface, "i82557b", Fixed(0x8086, 0x1229)),
    (DeviceClass::Interface, "i82559er", Fixed(0x8086, 0x1209)),
    (DeviceClass::Interface, "tulip", Fixed(0x1011, 0x0019)),
    (DeviceClass::Filesystem, "virtiofs", Modern(0x105a)),
    (DeviceClass::Filesystem, "*", Virtio(0x1009, 0x1049)),
    (DeviceClass::Sound, "ich6", Fixed(0x8086, 0x2668)),
    (DeviceClass::Sound, "ich9", Fixed(0x8086, 0x293e)),
    (DeviceClass::Sound, "ac97", Fixed(0x8086, 0x2415)),
    (DeviceClass::Sound, "es1370", Fixed(0x1274, 0x5000)),
    (DeviceClass::Sound, "virtio", Modern(0x1059)),
    (DeviceClass::Video, "vga", Fixed(0x1234, 0x1111)),
    (DeviceClass::Video, "bochs", Fixed(0x1234, 0x1111)),
    (DeviceClass::Video, "cirrus", Fixed(0x1013, 0x00b8)),
    (DeviceClass::Video, "vmvga", Fixed(0x15ad, 0x0405)),
    (DeviceClass::Video, "qxl", Fixed(0x1b36, 0x0100)),
    (DeviceClass::Video, "virtio", Modern(0x1050)),
    (DeviceClass::Watchdog, "i6300esb", Fixed(0x8086, 0x25ab)),
    (DeviceClass::Memballoon, "virtio", Virtio(0x1002, 0x1045)),
    (DeviceClass::Rng, "virtio", Virtio(0x1005, 0x1044)),
    (DeviceClass::Vsock, "virtio", Virtio(0x1012, 0x1053)),
    (DeviceClass::Input, "virtio", Modern(0x1052)),
    (DeviceClass::Crypto, "virtio", Modern(0x1054)),
    (DeviceClass::Iommu, "virtio", Modern(0x1057)),
    (DeviceClass::Memory, "virtio-mem", Modern(0x1058)),
    (DeviceClass::Memory, "virtio-pmem", Modern(0x105b)),
    (DeviceClass::Shmem, "*", Fixed(0x1af4, 0x1110)),
    (DeviceClass::Panic, "pvpanic", Fixed(0x1b36, 0x0011)),
    (DeviceClass::Pstore, "*", Fixed(0x1b36, 0x0012)),
    (DeviceClass::Serial, "pci-serial", Fixed(0x1b36, 0x0002)),
    (DeviceClass::Hostdev, "scsi_host", Virtio(0x1004, 0x1048)),
];

/// Controller kind, model (`*`: any), ids.
const CONTROLLERS: &[(ControllerKind, &str, Ids)] = &[
    (ControllerKind::Scsi, "virtio-scsi", Virtio(0x1004, 0x1048)),
    (ControllerKind::Scsi, "virtio", Virtio(0x1004, 0x1048)),
    (ControllerKind::Scsi, "lsilogic", Fixed(0x1000, 0x0012)),
    (ControllerKind::Scsi, "lsisas1068", Fixed(0x1000, 0x0054)),
    (ControllerKind::Scsi, "lsisas1078", Fixed(0x1000, 0x0060)),
    (ControllerKind::Scsi, "vmpvscsi", Fixed(0x15ad, 0x07c0)),
    (ControllerKind::Scsi, "am53c974", Fixed(0x1022, 0x2020)),
    (ControllerKind::Scsi, "dc390", Fixed(0x1022, 0x2020)),
    (ControllerKind::Ide, "*", Fixed(0x8086, 0x7010)),
    (ControllerKind::Sata, "*", Fixed(0x8086, 0x2922)),
    (ControllerKind::Nvme, "*", Fixed(0x1b36, 0x0010)),
    (ControllerKind::VirtioSerial, "virtio", Virtio(0x1003, 0x1043)),
    (ControllerKind::Usb, "piix3-uhci", Fixed(0x8086, 0x7020)),
    (ControllerKind::Usb, "piix4-uhci", Fixed(0x8086, 0x7112)),
    (ControllerKind::Usb, "ehci", Fixed(0x8086, 0x24cd)),
    (ControllerKind::Usb, "ich9-ehci1", Fixed(0x8086, 0x293a)),
    (ControllerKind::Usb, "ich9-uhci1", Fixed(0x8086, 0x2934)),
    (ControllerKind::Usb, "ich9-uhci2", Fixed(0x8086, 0x2935)),
    (ControllerKind::Usb, "ich9-uhci3", Fixed(0x8086, 0x2936)),
    (ControllerKind::Usb, "vt82c686b-uhci", Fixed(0x1106, 0x3038)),
    (ControllerKind::Usb, "pci-ohci", Fixed(0x106b, 0x003f)),
    (ControllerKind::Usb, "nec-xhci", Fixed(0x1033, 0x0194)),
    (ControllerKind::Usb, "qemu-xhci", Fixed(0x1b36, 0x000d)),
    (ControllerKind::Pci, "pci-bridge", Fixed(0x1b36, 0x0001)),
    (ControllerKind::Pci, "dmi-to-pci-bridge", Fixed(0x8086, 0x244e)),
    (ControllerKind::Pci, "pcie-to-pci-bridge", Fixed(0x1b36, 0x000e)),
    (ControllerKind::Pci, "pcie-root-port", Fixed(0x1b36, 0x000c)),
    (ControllerKind::Pci, "ioh3420", Fixed(0x8086, 0x3420)),
    (ControllerKind::Pci, "pcie-switch-upstream-port", Fixed(0x104c, 0x8232)),
    (ControllerKind::Pci, "pcie-switch-downstream-port", Fixed(0x104c, 0x8233)),
    (ControllerKind::Pci, "pci-expander-bus", Fixed(0x1b36, 0x0009)),
    (ControllerKind::Pci, "pcie-expander-bus", Fixed(0x1b36, 0x000b)),
];

/// QEMU driver, ids; for `-device` arguments.
const DRIVERS: &[(&str, Ids)] = &[
    ("virtio-net-pci", Virtio(0x1000, 0x1041)),
    ("virtio-blk-pci", Virtio(0x1001, 0x1042)),
    ("virtio-balloon-pci", Virtio(0x1002, 0x1045)),
    ("virtio-serial-pci", Virtio(0x1003, 0x1043)),
    ("virtio-scsi-pci", Virtio(0x1004, 0x1048)),
    ("virtio-rng-pci", Virtio(0x1005, 0x1044)),
    ("virtio-9p-pci", Virtio(0x1009, 0x1049)),
    ("virtio-gpu-pci", Modern(0x1050)),
    ("virtio-vga", Modern(0x1050)),
    ("vhost-vsock-pci", Virtio(0x1012, 0x1053)),
    ("vhost-user-fs-pci", Modern(0x105a)),
    ("e1000", Fixed(0x8086, 0x100e)),
    ("e1000e", Fixed(0x8086, 0x10d3)),
    ("igb", Fixed(0x8086, 0x10c9)),
    ("rtl8139", Fixed(0x10ec, 0x8139)),
    ("ne2k_pci", Fixed(0x10ec, 0x8029)),
    ("pcnet", Fixed(0x1022, 0x2000)),
    ("vmxnet3", Fixed(0x15ad, 0x07b0)),
    ("VGA", Fixed(0x1234, 0x1111)),
    ("secondary-vga", Fixed(0x1234, 0x1111)),
    ("bochs-display", Fixed(0x1234, 0x1111)),
    ("ati-vga", Fixed(0x1002, 0x5046)),
    ("nvme", Fixed(0x1b36, 0x0010)),
    ("sdhci-pci", Fixed(0x1b36, 0x0007)),
    ("lsi53c895a", Fixed(0x1000, 0x0012)),
    ("lsi53c810", Fixed(0x1000, 0x0001)),
    ("megasas", Fixed(0x1000, 0x0060)),
    ("megasas-gen2", Fixed(0x1000, 0x0079)),
    ("ich9-ahci", Fixed(0x8086, 0x2922)),
    ("ahci", Fixed(0x8086, 0x2922)),
    ("edu", Fixed(0x1234, 0x11e8)),
    ("pci-testdev", Fixed(0x1b36, 0x0005)),
    ("pci-serial", Fixed(0x1b36, 0x0002)),
    ("ivshmem-plain", Fixed(0x1af4, 0x1110)),
    ("ivshmem-doorbell", Fixed(0x1af4, 0x1110)),
    ("qemu-xhci", Fixed(0x1b36, 0x000d)),
    ("nec-usb-xhci", Fixed(0x1033, 0x0194)),
    ("intel-hda", Fixed(0x8086, 0x2668)),
    ("ich9-intel-hda", Fixed(0x8086, 0x293e)),
    ("AC97", Fixed(0x8086, 0x2415)),
    ("i6300esb", Fixed(0x8086, 0x25ab)),
    ("pvpanic-pci", Fixed(0x1b36, 0x0011)),
    ("pcie-root-port", Fixed(0x1b36, 0x000c)),
    ("ioh3420", Fixed(0x8086, 0x3420)),
    ("pci-bridge", Fixed(0x1b36, 0x0001)),
    ("pcie-pci-bridge", Fixed(0x1b36, 0x000e)),
];

/// The ids a guest sees for `device`, when it is a PCI device of a known model. A host device has
/// its own, which the XML does not tell.
pub fn pci_id(device: &Device, context: IdContext) -> Option<PciId> {
    if let Kind::Qemu(qemu) = &device.kind {
        return pick(DRIVERS, "", context, |row| (row.0 == &*qemu.driver).then_some(row.1));
    }
    if let Some(controller) = device.controller() {
        let model = controller_model(controller);
        let base = base_model(model);
        return pick(CONTROLLERS, model, context, |row| {
            (row.0 == controller.kind && (row.1 == "*" || row.1 == model || row.1 == base))
                .then_some(row.2)
        });
    }
    let model = device_model(device)?;
    let base = base_model(model);
    pick(DEVICES, model, context, |row| {
        (row.0 == device.class() && (row.1 == "*" || row.1 == model || row.1 == base))
            .then_some(row.2)
    })
}

fn pick<R>(
    table: &[R],
    model: &str,
    context: IdContext,
    ids: impl Fn(&R) -> Option<Ids>,
) -> Option<PciId> {
    let id = |vendor, device| PciId { vendor, device };
    Some(match table.iter().find_map(ids)? {
        Fixed(vendor, device) => id(vendor, device),
        Modern(device) => id(VIRTIO_VENDOR, device),
        Virtio(transitional, modern) => {
            let modern_here = match model {
                _ if model.ends_with("-non-transitional") => true,
                _ if model.ends_with("-transitional") => false,
                _ => context.behind_port,
            };
            id(VIRTIO_VENDOR, if modern_here { modern } else { transitional })
        }
    })
}

/// A virtio model without its suffix.
fn base_model(model: &str) -> &str {
    model.strip_suffix("-non-transitional").or(model.strip_suffix("-transitional")).unwrap_or(model)
}

fn controller_model(controller: &Controller) -> &str {
    match (controller.kind, controller.model.as_deref()) {
        (ControllerKind::Pci, Some("pcie-root-port"))
            if controller.model_name.as_deref() == Some("ioh3420") =>
        {
            "ioh3420"
        }
        (ControllerKind::VirtioSerial, None) => "virtio",
        (_, model) => model.unwrap_or_default(),
    }
}

/// The word the table knows a device by; `None` when it is no PCI device by its kind.
fn device_model(device: &Device) -> Option<&str> {
    match &device.kind {
        Kind::Disk(disk) if disk.bus.as_deref() == Some("virtio") => {
            Some(disk.model.as_deref().unwrap_or("virtio"))
        }
        Kind::Disk(_) => None,
        Kind::Filesystem(filesystem) => match filesystem.driver.as_deref() {
            Some(driver @ ("virtiofs" | "mtp")) => Some(driver),
            _ => Some(filesystem.model.as_deref().unwrap_or("virtio")),
        },
        Kind::Hostdev(hostdev) => match hostdev.backend.as_deref() {
            Some("scsi_host") => Some("scsi_host"),
            _ => None,
        },
        Kind::Plain(plain) if device.class() == DeviceClass::Input => {
            (plain.bus.as_deref() == Some("virtio")).then_some("virtio")
        }
        Kind::Plain(plain) => Some(plain.model.as_deref().unwrap_or_default()),
        _ => device.variant(),
    }
}
