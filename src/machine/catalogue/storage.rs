//! Disks and filesystems.

use super::bus::QemuBus;
use super::implicit::ImplicitBus;
use super::model::Ask::Express;
use super::model::{Model, Values, Words, ccw, on, pcie};
use super::pci_id::Ids::{Modern, Virtio};
use crate::machine::Feature;
use crate::model::{DeviceClass, Disk};

const fn disk(bus: Values, device: Values) -> Model {
    Model::new(DeviceClass::Disk, Words { bus, kind: device, ..Words::ANY })
}

const fn virtio_disk(backend: Values) -> Model {
    let kind: Values = &["disk", "", "cdrom", "floppy", "lun"];
    let words = Words { bus: &["virtio"], kind, name: backend, ..Words::ANY };
    Model::new(DeviceClass::Disk, words).on_pci(Express, Virtio(0x1001, 0x1042))
}

const fn filesystem(driver: Values) -> Model {
    Model::new(DeviceClass::Filesystem, Words::kind(driver)).not_from_live()
}

/// Source: `qemu_command.c: qemuBuildDiskDeviceProps`; QEMU `hw/block/virtio-blk.c`,
/// `hw/scsi/scsi-disk.c`, `hw/ide/ide-dev.c`, `hw/block/fdc.c`, `hw/usb/dev-storage*.c`.
pub(super) static DISKS: &[Model] = &[
    virtio_disk(&["file", "", "block", "dir", "network", "volume", "nvme", "vhostvdpa"])
        .drivers(&[pcie("virtio-blk-pci", 0x0100), ccw("virtio-blk-ccw")]),
    virtio_disk(&["vhostuser"])
        .drivers(&[pcie("vhost-user-blk-pci", 0x0100), ccw("vhost-user-blk-ccw")])
        .not_from_live(),
    disk(&["scsi"], &["cdrom"]).drivers(&[on(QemuBus::Scsi, "scsi-cd")]),
    disk(&["scsi"], &["lun"]).drivers(&[on(QemuBus::Scsi, "scsi-block")]).not_from_live(),
    disk(&["scsi"], &["disk", ""]).drivers(&[on(QemuBus::Scsi, "scsi-hd")]),
    disk(&["ide", "sata"], &["cdrom"]).drivers(&[on(QemuBus::Ide, "ide-cd")]),
    disk(&["ide", "sata"], &["disk", ""]).drivers(&[on(QemuBus::Ide, "ide-hd")]),
    disk(&["fdc"], &["floppy", "", "disk", "cdrom", "lun"])
        .drivers(&[on(QemuBus::Floppy, "floppy")]),
    disk(&["usb"], &["disk", "", "cdrom"]).drivers(&[
        on(QemuBus::Usb, "usb-storage"),
        on(QemuBus::Usb, "usb-bot"),
        on(QemuBus::Usb, "usb-uas"),
    ]),
    disk(&["nvme"], &[]).since(Feature::Nvme),
    disk(&["sd", "xen", "uml"], &[]).at(ImplicitBus::Board),
];

/// Source: `qemu_command.c: qemuBuildFilesystemDev`; QEMU `hw/9pfs/virtio-9p-device.c`,
/// `hw/virtio/vhost-user-fs.c`, `hw/usb/dev-mtp.c`.
pub(super) static FILESYSTEMS: &[Model] = &[
    filesystem(&["", "path", "handle", "default"])
        .drivers(&[pcie("virtio-9p-pci", 0x0002), ccw("virtio-9p-ccw")])
        .on_pci(Express, Virtio(0x1009, 0x1049)),
    filesystem(&["virtiofs"])
        .drivers(&[pcie("vhost-user-fs-pci", 0x0180), ccw("vhost-user-fs-ccw")])
        .on_pci(Express, Modern(0x105a)),
    filesystem(&["mtp"]).drivers(&[on(QemuBus::Usb, "usb-mtp")]).since(Feature::MtpFilesystem),
];

/// A bus of disks.
#[derive(Debug)]
pub struct DiskBus {
    /// The value of `<target bus=>`.
    pub word: &'static str,
    /// Letters that the target names of its disks begin with.
    pub prefix: &'static str,
    /// Accepted values of `device=` that are offered to a user.
    pub takes: Values,
}

const fn bus(word: &'static str, prefix: &'static str, takes: Values) -> DiskBus {
    DiskBus { word, prefix, takes }
}

/// Buses of disks; of several with one prefix, the first is the default for that prefix.
///
/// Source: `domain_postparse.c: virDomainDiskDefPostParse`; `domain_conf.c:
/// virDomainDiskDefParseXML`, `qemu_validate.c: qemuValidateDomainDeviceDefDiskFrontend` (every
/// pair of bus and device was checked with libvirt 11.3); `virsh` and `virt-manager` habits.
pub static DISK_BUSES: &[DiskBus] = &[
    bus("virtio", "vd", &["disk"]),
    bus("scsi", "sd", &["disk", "cdrom", "lun"]),
    bus("sata", "sd", &["disk", "cdrom"]),
    bus("usb", "sd", &["disk", "cdrom"]),
    bus("ide", "hd", &["disk", "cdrom"]),
    bus("fdc", "fd", &["floppy"]),
    bus("nvme", "nvme", &["disk", "cdrom"]),
    bus("xen", "xvd", &["disk", "cdrom"]),
    bus("uml", "ubd", &[]),
];

impl DiskBus {
    /// The prefix of disk names on a bus; that of SCSI if the bus has none of its own.
    pub fn prefix_of(bus: &str) -> &'static str {
        DISK_BUSES.iter().find(|row| row.word == bus).map_or("sd", |row| row.prefix)
    }

    /// The buses that accept a disk with this `device=`.
    pub fn taking(device: &str) -> impl Iterator<Item = &'static str> {
        DISK_BUSES.iter().filter(move |row| row.takes.contains(&device)).map(|row| row.word)
    }
}

/// The bus of a disk: as written, else by the prefix of its target name.
///
/// Source: `domain_postparse.c: virDomainDiskDefPostParse`.
pub fn disk_bus(disk: &Disk) -> &str {
    if let Some(bus) = disk.bus.as_deref() {
        return bus;
    }
    if disk.device.as_deref() == Some("floppy") {
        return "fdc";
    }
    let target = disk.target.as_deref().unwrap_or_default();
    // `fd` is a floppy drive only if `device=` is floppy too.
    let meant = |row: &&DiskBus| row.word != "fdc" && target.starts_with(row.prefix);
    DISK_BUSES.iter().find(meant).map_or("ide", |row| row.word)
}
