//! SCSI adapters.

use super::bus::QemuBus;
use super::controllers::{ControllerModel, controller};
use super::geometry::{Drives, Geometry, OnlyZero};
use super::implicit::ImplicitBus::Board;
use super::model::Ask::{self, Express, Legacy, Never};
use super::model::{Driver, Values, builtin, ccw, on, pci, pcie};
use super::pci_id::Ids::{self, Fixed, Virtio};
use crate::model::ControllerKind;

/// PCI class of SCSI adapters.
pub(super) const SCSI_CLASS: u16 = 0x0100;

const fn scsi(
    model: Values,
    places: Drives,
    connect: Ask,
    ids: Ids,
    drivers: &'static [Driver],
) -> ControllerModel {
    controller(ControllerKind::Scsi, model, Geometry::Drives(places), drivers).on_pci(connect, ids)
}

/// An adapter that QEMU has not.
const fn foreign(model: Values, places: Drives) -> ControllerModel {
    scsi(model, places, Legacy, Ids::None, &[])
}

// QEMU `hw/scsi/lsi53c895a.c`: max_target 7, max_lun 0; SCID 7.
pub(super) const LSILOGIC: Drives = Drives {
    libvirt: OnlyZero { controller: false, bus: true, target: true },
    ..Drives::parallel()
};
// QEMU `hw/scsi/esp.c`: `ESP_MAX_DEVS` 7, max_lun 7; the chip's configuration keeps id 7.
const ESP: Drives = Drives::parallel();
// QEMU `hw/scsi/mptsas.c`: max_target `MPTSAS_NUM_PORTS` 8, max_lun 1; `PortSCSIID` is 8.
const LSISAS1068: Drives = Drives { own: Some(8), automatic: 2, ..Drives::scsi(8, 2, 8, 1) };
// QEMU `hw/scsi/megasas.c`: max_target `MFI_MAX_LD` 64, max_lun 255; a logical drive answers below
// `MFI_MAX_LD` and on unit 0 only (`megasas_handle_scsi`, `megasas_handle_io`).
pub(super) const LSISAS1078: Drives = Drives::scsi(64, 1, 64, 255);
// QEMU `hw/scsi/vmw_pvscsi.c`: max_target `PVSCSI_MAX_DEVS` 64, max_lun 0; `pvscsi_device_find`
// looks at target 64 as well.
const VMPVSCSI: Drives = Drives::scsi(65, 1, 64, 0);
// QEMU `hw/scsi/spapr_vscsi.c`: max_target 63, max_lun 31.
const IBMVSCSI: Drives = Drives::scsi(64, 32, 63, 31);
// QEMU `hw/scsi/virtio-scsi.c`: `VIRTIO_SCSI_MAX_TARGET` 255, `VIRTIO_SCSI_MAX_LUN` 16383.
pub(super) const VIRTIO_SCSI: Drives = Drives::scsi(256, 16384, 255, 16383);
// QEMU has none; a narrow adapter has eight ids, the highest for itself.
const BUSLOGIC: Drives = Drives { own: Some(7), ..Drives::UNKNOWN };

/// In the order of libvirt's list of models; the last is for models it does not know.
///
/// Source: `domain_conf.c: virDomainControllerModelSCSI`, `qemu_command.c:
/// qemuBuildControllerSCSIDevProps`; QEMU `hw/scsi/*.c`.
pub(super) static SCSI: &[ControllerModel] = &[
    // Left to libvirt, which takes an lsilogic on a PC, see [`super::scsi_model`].
    foreign(&["auto", ""], LSILOGIC),
    foreign(&["buslogic"], BUSLOGIC),
    scsi(
        &["lsilogic"],
        LSILOGIC,
        Legacy,
        Fixed(0x1000, 0x0012),
        &[pci("lsi53c895a", SCSI_CLASS), pci("lsi", SCSI_CLASS)],
    ),
    scsi(
        &["lsisas1068"],
        LSISAS1068,
        Legacy,
        Fixed(0x1000, 0x0054),
        &[pci("mptsas1068", SCSI_CLASS)],
    ),
    scsi(&["vmpvscsi"], VMPVSCSI, Legacy, Fixed(0x15ad, 0x07c0), &[pcie("pvscsi", SCSI_CLASS)]),
    scsi(&["ibmvscsi"], IBMVSCSI, Legacy, Ids::None, &[on(QemuBus::Vio, "spapr-vscsi")]),
    scsi(
        &["virtio-scsi", "virtio-transitional", "virtio-non-transitional"],
        VIRTIO_SCSI,
        Express,
        Virtio(0x1004, 0x1048),
        &[
            pcie("virtio-scsi-pci", SCSI_CLASS),
            ccw("virtio-scsi-ccw"),
            on(QemuBus::Virtio, "virtio-scsi-device"),
        ],
    ),
    scsi(&["lsisas1078"], LSISAS1078, Legacy, Fixed(0x1000, 0x0060), &[pci("megasas", 0x0104)]),
    scsi(
        &["ncr53c90"],
        ESP,
        Never,
        Ids::None,
        &[builtin(QemuBus::System, "sysbus-esp"), builtin(QemuBus::Other, "esp")],
    )
    .at(Board),
    scsi(&["dc390"], ESP, Legacy, Fixed(0x1022, 0x2020), &[pci("dc390", SCSI_CLASS)]),
    scsi(&["am53c974"], ESP, Legacy, Fixed(0x1022, 0x2020), &[pci("am53c974", SCSI_CLASS)]),
    foreign(&[], BUSLOGIC),
];
