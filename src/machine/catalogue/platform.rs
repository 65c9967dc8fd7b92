//! Devices of the platform: watchdogs, entropy, security, memory, shared memory.

use super::bus::QemuBus;
use super::hotplug::NOT_HOTPLUGGABLE;
use super::implicit::ImplicitBus::{Board, Isa};
use super::model::Ask::{Express, Legacy, OnBoardExpress, OnBoardLegacy};
use super::model::{Model, Values, Words, builtin, ccw, on, pci, pcie};
use super::network::VIRTIO;
use super::pci_id::Ids::{Fixed, Modern, Virtio};
use crate::machine::Feature;
use crate::model::DeviceClass;

/// PCI class of unclassified devices.
const UNCLASSIFIED: u16 = 0x00ff;

const fn model(class: DeviceClass, model: Values) -> Model {
    Model::new(class, Words::model(model))
}

/// Source: `qemu_command.c: qemuBuildWatchdogDevProps`; QEMU `hw/watchdog/*.c`. The `itco` is a
/// part of q35's ICH9.
pub(super) static WATCHDOGS: &[Model] = &[
    model(DeviceClass::Watchdog, &["i6300esb"])
        .drivers(&[pci("i6300esb", 0x0880)])
        .on_pci(Legacy, Fixed(0x8086, 0x25ab)),
    model(DeviceClass::Watchdog, &["ib700"]).drivers(&[on(QemuBus::Isa, "ib700")]).at(Isa),
    model(DeviceClass::Watchdog, &["itco"]).at(Board).since(Feature::SeveralWatchdogs),
    model(DeviceClass::Watchdog, &["diag288"]).at(Board),
];

/// Source: `qemu_command.c: qemuBuildMemballoonCommandLine`; QEMU `hw/virtio/virtio-balloon.c`.
pub(super) static BALLOONS: &[Model] = &[
    model(DeviceClass::Memballoon, VIRTIO)
        .drivers(&[pcie("virtio-balloon-pci", UNCLASSIFIED), ccw("virtio-balloon-ccw")])
        .on_pci(Express, Virtio(0x1002, 0x1045)),
    model(DeviceClass::Memballoon, &["none"]).at(Board),
];

/// Source: `qemu_command.c: qemuBuildRNGDevProps`; QEMU `hw/virtio/virtio-rng.c`.
pub(super) static RNGS: &[Model] = &[model(DeviceClass::Rng, VIRTIO)
    .drivers(&[pcie("virtio-rng-pci", UNCLASSIFIED), ccw("virtio-rng-ccw")])
    .on_pci(Express, Virtio(0x1005, 0x1044))];

/// Source: `qemu_command.c: qemuBuildCryptoCommandLine`; QEMU `hw/virtio/virtio-crypto.c`. libvirt
/// looks for a conventional place, although the device is a PCI Express one behind a port.
pub(super) static CRYPTOS: &[Model] = &[model(DeviceClass::Crypto, &["virtio"])
    .drivers(&[pcie("virtio-crypto-pci", UNCLASSIFIED), ccw("virtio-crypto-ccw")])
    .on_pci(Legacy, Modern(0x1054))
    .since(Feature::Crypto)];

/// Source: `qemu_command.c: qemuBuildTPMDevCmd`; QEMU `hw/tpm/*.c`.
pub(super) static TPMS: &[Model] = &[
    model(DeviceClass::Tpm, &["tpm-tis"]).drivers(&[on(QemuBus::Isa, "tpm-tis")]).at(Isa),
    model(DeviceClass::Tpm, &["tpm-crb", "spapr-tpm-proxy"]).at(Board),
    model(DeviceClass::Tpm, &["tpm-spapr"]).drivers(&[on(QemuBus::Vio, "tpm-spapr")]),
];

/// Source: `qemu_command.c: qemuBuildNVRAMCommandLine`; QEMU `hw/nvram/spapr_nvram.c`.
pub(super) static NVRAMS: &[Model] = &[Model::new(DeviceClass::Nvram, Words::ANY)
    .drivers(&[on(QemuBus::Vio, "spapr-nvram")])
    .at(Board)];

/// Source: `qemu_command.c: qemuBuildShmemDevProps`; QEMU `hw/misc/ivshmem-pci.c`.
pub(super) static SHMEMS: &[Model] = &[
    model(DeviceClass::Shmem, &["ivshmem-plain"])
        .drivers(&[pci("ivshmem-plain", 0x0500)])
        .on_pci(Legacy, Fixed(0x1af4, 0x1110)),
    model(DeviceClass::Shmem, &["ivshmem-doorbell"])
        .drivers(&[pci("ivshmem-doorbell", 0x0500)])
        .on_pci(Legacy, Fixed(0x1af4, 0x1110))
        .not_from_live(),
    model(DeviceClass::Shmem, &[]).on_pci(Legacy, Fixed(0x1af4, 0x1110)),
];

/// Source: `qemu_command.c: qemuBuildMemoryDeviceProps`; QEMU `hw/mem/pc-dimm.c`,
/// `hw/mem/nvdimm.c`, `hw/virtio/virtio-mem.c`, `hw/virtio/virtio-pmem.c`.
pub(super) static MEMORIES: &[Model] = &[
    model(DeviceClass::Memory, &["dimm"]).drivers(&[on(QemuBus::Memory, "pc-dimm")]).at(Board),
    model(DeviceClass::Memory, &["nvdimm"]).drivers(&[on(QemuBus::Memory, "nvdimm")]).at(Board),
    model(DeviceClass::Memory, &["virtio-mem"])
        .drivers(&[pcie("virtio-mem-pci", UNCLASSIFIED)])
        .on_pci(Express, Modern(0x1058)),
    model(DeviceClass::Memory, &["virtio-pmem"])
        .drivers(&[pcie("virtio-pmem-pci", UNCLASSIFIED)])
        .on_pci(Express, Modern(0x105b)),
    model(DeviceClass::Memory, &["sgx-epc"]).at(Board),
];

/// Source: `qemu_command.c: qemuBuildIOMMUCommandLine`; QEMU `hw/i386/intel_iommu.c`,
/// `hw/i386/amd_iommu.c`, `hw/virtio/virtio-iommu-pci.c`.
pub(super) static IOMMUS: &[Model] = &[
    model(DeviceClass::Iommu, &["virtio"])
        .drivers(&[pcie("virtio-iommu-pci", UNCLASSIFIED), pcie("virtio-iommu", UNCLASSIFIED)])
        .on_pci(OnBoardExpress, Modern(0x1057))
        .cold("an IOMMU is there from the start"),
    model(DeviceClass::Iommu, &["intel"])
        .drivers(&[builtin(QemuBus::System, "intel-iommu")])
        .at(Board)
        .cold("an IOMMU is part of the machine"),
    model(DeviceClass::Iommu, &["amd"])
        .drivers(&[pci("AMDVI-PCI", 0x0806)])
        .on_pci(OnBoardExpress, Fixed(0x1022, 0x1419))
        .cold("an IOMMU is part of the machine")
        .since(Feature::AmdIommu),
    model(DeviceClass::Iommu, &["smmuv3"]).at(Board),
];

/// Source: `qemu_command.c: qemuBuildPanicCommandLine`; QEMU `hw/misc/pvpanic-*.c`.
pub(super) static PANICS: &[Model] = &[
    model(DeviceClass::Panic, &["pvpanic"])
        .drivers(&[pci("pvpanic-pci", 0x0880)])
        .on_pci(OnBoardLegacy, Fixed(0x1b36, 0x0011))
        .since(Feature::PvpanicPci),
    model(DeviceClass::Panic, &["isa"]).drivers(&[on(QemuBus::Isa, "pvpanic")]).at(Isa),
    model(DeviceClass::Panic, &["hyperv", "pseries", "s390"]).at(Board),
];

/// Source: `qemu_command.c: qemuBuildPstoreCommandLine`; QEMU `hw/acpi/erst.c`.
pub(super) static PSTORES: &[Model] =
    &[Model::new(DeviceClass::Pstore, Words::kind(&["acpi-erst"]))
        .drivers(&[pci("acpi-erst", UNCLASSIFIED)])
        .on_pci(Legacy, Fixed(0x1b36, 0x0012))
        .cold(NOT_HOTPLUGGABLE)
        .since(Feature::Pstore)];
