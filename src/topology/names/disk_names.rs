//! The names of a disk. Its place is stored; a name is formed on request.

use crate::model::Text;
use crate::model::address::{DriveAddress, PortPath};
use crate::topology::GuestAddress;

/// The names of a disk in a Linux guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskNames {
    /// The kernel's name: `vda`, `sdb`, `sr0`; `None` if several drivers have disks of this kind,
    /// in an order that is not determined.
    pub kernel: Option<String>,
    /// The place of the disk.
    pub(super) at: DiskPlace,
    /// The guest address of its controller, or its own without one.
    pub(super) controller: GuestAddress,
    /// The number of its host, where that is decided.
    pub(super) host: Option<usize>,
    pub(super) is_cdrom: bool,
    pub(super) serial: Option<Text>,
}

/// The place of a disk, as its links name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DiskPlace {
    VirtioBlk,
    Nvme,
    Scsi {
        drive: DriveAddress,
        /// The parallel SCSI of an LSI controller: units are targets.
        is_parallel: bool,
    },
    Ata {
        port: u32,
        slave: u32,
        /// QEMU's number for it, from 1.
        number: u32,
    },
    Usb {
        port: PortPath,
        /// The version of USB that the disk speaks there.
        version: u8,
        /// QEMU's path of the controller; `None` if it was not measured.
        path: Option<String>,
    },
}

impl DiskNames {
    /// `host:channel:target:lun` of a SCSI or ATA disk; the host is `?` where its number depends on
    /// the order of drivers.
    pub fn hctl(&self) -> Option<String> {
        let host = self.host.map_or_else(|| "?".to_owned(), |host| host.to_string());
        match &self.at {
            DiskPlace::VirtioBlk | DiskPlace::Nvme => None,
            DiskPlace::Scsi { drive, is_parallel } => {
                Some(format!("{host}:{}", on_channel(*drive, *is_parallel)))
            }
            DiskPlace::Ata { slave, .. } => Some(format!("{host}:0:{slave}:0")),
            DiskPlace::Usb { .. } => Some(format!("{host}:0:0:0")),
        }
    }

    /// Names below `/dev/disk/by-path`, the usual one first.
    pub fn by_path(&self) -> Vec<String> {
        let at = self.controller;
        match &self.at {
            DiskPlace::VirtioBlk => {
                vec![format!("pci-0000:{at}"), format!("virtio-pci-0000:{at}")]
            }
            DiskPlace::Nvme => vec![format!("pci-0000:{at}-nvme-1")],
            DiskPlace::Scsi { drive, is_parallel } => {
                vec![format!("pci-0000:{at}-scsi-0:{}", on_channel(*drive, *is_parallel))]
            }
            DiskPlace::Ata { port, slave, .. } => {
                let link = format!("pci-0000:{at}-ata-{}", port + 1);
                let second = format!("{link}.{slave}");
                vec![link, second]
            }
            DiskPlace::Usb { port, version, .. } => {
                let link = |kind: &str| format!("pci-0000:{at}-{kind}-0:{port}:1.0-scsi-0:0:0:0");
                vec![link("usb"), link(&format!("usbv{version}"))]
            }
        }
    }

    /// Name below `/dev/disk/by-id`, where it has one.
    pub fn by_id(&self) -> Option<String> {
        let serial = self.serial.as_deref();
        let own = |default: String| serial.map_or(default, str::to_owned);
        match &self.at {
            DiskPlace::VirtioBlk => serial.map(|serial| format!("virtio-{serial}")),
            DiskPlace::Nvme => None,
            DiskPlace::Scsi { drive, is_parallel } => {
                let product = if self.is_cdrom { "CD-ROM" } else { "HARDDISK" };
                let DriveAddress { controller, bus, target, unit } = drive;
                let serial = own(if *is_parallel {
                    format!("drive-scsi{controller}-{bus}-{unit}")
                } else {
                    format!("drive-scsi{controller}-{bus}-{target}-{unit}")
                });
                Some(format!("scsi-0QEMU_QEMU_{product}_{serial}"))
            }
            DiskPlace::Ata { number, .. } => {
                let product = if self.is_cdrom { "DVD-ROM" } else { "HARDDISK" };
                Some(format!("ata-QEMU_{product}_{}", own(format!("QM{number:05}"))))
            }
            DiskPlace::Usb { port, path, .. } => match (serial, path) {
                (Some(serial), _) => Some(format!("usb-QEMU_QEMU_HARDDISK_{serial}-0:0")),
                (None, path) => {
                    path.as_ref().map(|path| format!("usb-QEMU_QEMU_HARDDISK_1-{path}-{port}-0:0"))
                }
            },
        }
    }

    /// Whether [`Self::by_id`] stays the same when the disk moves.
    pub fn by_id_is_stable(&self) -> bool {
        self.serial.is_some()
    }
}

/// Channel, target and LUN of a SCSI disk.
fn on_channel(drive: DriveAddress, is_parallel: bool) -> String {
    let DriveAddress { target, unit, .. } = drive;
    if is_parallel {
        return format!("0:{unit}:0");
    }
    format!("0:{target}:{}", lun(unit))
}

/// Beyond 255 LUNs are given in flat addressing (SAM-5, 4.7.7).
pub(super) fn lun(unit: u32) -> u32 {
    if unit > 255 { unit.saturating_add(16384) } else { unit }
}
