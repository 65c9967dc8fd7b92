//! Devices of machines that keep them on other buses than PCI: the channel subsystem of s390x, and
//! the virtual I/O bus of pSeries.

use super::facts::LiveBusKind;
use crate::machine::{Machine, MachineKind};
use crate::model::{Address, Device, DeviceClass};

/// Class, variant (`*`: any), and QEMU's models.
pub(super) type Row = (DeviceClass, &'static str, &'static [&'static str]);

/// Devices on the channel subsystem (QEMU `hw/s390x/virtio-ccw-*.c`, `hw/vfio/ccw.c`; libvirt
/// `qemu_command.c: qemuDeviceVirtioTypes`).
const CHANNEL: &[Row] = &[
    (DeviceClass::Interface, "*", &["virtio-net-ccw"]),
    (DeviceClass::Disk, "*", &["virtio-blk-ccw", "vhost-user-blk-ccw"]),
    (DeviceClass::Controller, "virtio-serial", &["virtio-serial-ccw"]),
    (DeviceClass::Controller, "*", &["virtio-scsi-ccw"]),
    (DeviceClass::Memballoon, "*", &["virtio-balloon-ccw"]),
    (DeviceClass::Rng, "*", &["virtio-rng-ccw"]),
    (DeviceClass::Input, "*", &["virtio-keyboard-ccw", "virtio-mouse-ccw", "virtio-tablet-ccw"]),
    (DeviceClass::Video, "*", &["virtio-gpu-ccw"]),
    (DeviceClass::Vsock, "*", &["vhost-vsock-ccw"]),
    (DeviceClass::Filesystem, "*", &["virtio-9p-ccw", "vhost-user-fs-ccw"]),
    (DeviceClass::Crypto, "*", &["virtio-crypto-ccw"]),
    (DeviceClass::Hostdev, "*", &["vfio-ccw", "vhost-scsi-ccw"]),
];

/// Devices on the virtual I/O bus (QEMU `hw/char/spapr_vty.c`, `hw/net/spapr_llan.c`,
/// `hw/scsi/spapr_vscsi.c`, `hw/nvram/spapr_nvram.c`, `hw/tpm/tpm_spapr.c`).
const VIRTUAL_IO: &[Row] = &[
    (DeviceClass::Interface, "spapr-vlan", &["spapr-vlan"]),
    (DeviceClass::Controller, "ibmvscsi", &["spapr-vscsi"]),
    (DeviceClass::Serial, "*", &["spapr-vty"]),
    (DeviceClass::Nvram, "*", &["spapr-nvram"]),
    (DeviceClass::Tpm, "*", &["tpm-spapr"]),
];

/// The bus a device of such a machine is on, and QEMU's models for it.
pub(super) fn models(
    device: &Device,
    machine: Machine,
) -> Option<(LiveBusKind, &'static [&'static str])> {
    let (kind, rows) = match device.value() {
        Some(Address::Ccw(_)) => (LiveBusKind::Ccw, CHANNEL),
        Some(Address::SpaprVio(_)) => (LiveBusKind::Vio, VIRTUAL_IO),
        // libvirt puts virtio devices there unless it is told otherwise.
        None if machine.kind == MachineKind::S390Ccw => (LiveBusKind::Ccw, CHANNEL),
        None if machine.kind == MachineKind::Pseries => (LiveBusKind::Vio, VIRTUAL_IO),
        _ => return None,
    };
    row_of(rows, device).map(|row| (kind, row.2))
}

/// The first row for a device.
pub(super) fn row_of<'r>(rows: &'r [Row], device: &Device) -> Option<&'r Row> {
    let variant = device.controller().map(|controller| controller.kind.word());
    let own = [variant, device.variant()];
    let fits = |row: &&Row| row.0 == device.class() && (row.1 == "*" || own.contains(&Some(row.1)));
    rows.iter().find(fits)
}
