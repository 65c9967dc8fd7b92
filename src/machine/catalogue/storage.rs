//! Disks and filesystems.

use super::bus::QemuBus;
use super::implicit::ImplicitBus;
use super::model::Ask::Express;
use super::model::{Model, Values, Words, ccw, on, pcie};
use super::pci_id::Ids::{Modern, Virtio};
use crate::model::{DeviceClass, Disk};

const fn disk(bus: Values, device: Values) -> Model {
    Model::new(DeviceClass::Disk, Words { bus, variety: device, ..Words::ANY })
}

const fn virtio_disk(backend: Values) -> Model {
    let words = Words { bus: &["virtio"], name: backend, ..Words::ANY };
    Model::new(DeviceClass::Disk, words).on_pci(Express, Virtio(0x1001, 0x1042))
}

const fn filesystem(driver: Values) -> Model {
    Model::new(DeviceClass::Filesystem, Words::variety(driver)).not_from_live()
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
    filesystem(&["mtp"]).drivers(&[on(QemuBus::Usb, "usb-mtp")]),
];

/// The bus of a disk: its own word, or what the first letters of its target name stand for.
///
/// Source: `domain_postparse.c: virDomainDiskDefPostParse`.
pub fn disk_bus(disk: &Disk) -> &str {
    /// Prefix of a target name, and the bus it stands for.
    const PREFIXES: &[(&str, &str)] =
        &[("hd", "ide"), ("sd", "scsi"), ("vd", "virtio"), ("xvd", "xen"), ("ubd", "uml")];
    if let Some(bus) = disk.bus.as_deref() {
        return bus;
    }
    if disk.device.as_deref() == Some("floppy") {
        return "fdc";
    }
    let target = disk.target.as_deref().unwrap_or_default();
    PREFIXES.iter().find(|row| target.starts_with(row.0)).map_or("ide", |row| row.1)
}
