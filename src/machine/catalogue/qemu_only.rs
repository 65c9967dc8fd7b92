//! QEMU devices that libvirt 11.3 has no element for, met in guests that were started by hand and
//! as `-device` arguments.

use super::geometry::Geometry;
use super::hotplug::{DISPLAY, NOT_HOTPLUGGABLE};
use super::model::{Driver, Model, Words, pci, pcie};
use super::pci_id::Ids::{self, Fixed, Modern};
use super::scsi::{LSILOGIC, LSISAS1078, SCSI_CLASS};
use crate::model::DeviceClass;

const fn device(ids: Ids, drivers: &'static [Driver]) -> Model {
    let model = Model::new(DeviceClass::Qemu, Words::ANY).drivers(drivers);
    Model { ids, from_live: false, ..model }
}

/// Source: QEMU `hw/display/vga-pci.c`, `hw/display/ati.c`, `hw/scsi/lsi53c895a.c`,
/// `hw/scsi/megasas.c`, `hw/sd/sdhci-pci.c`, `hw/misc/*.c`, `hw/char/serial-pci-multi.c`,
/// `hw/usb/hcd-uhci.c`, `hw/usb/hcd-ehci-pci.c`.
pub(super) static QEMU_ONLY: &[Model] = &[
    device(Fixed(0x1234, 0x1111), &[pci("secondary-vga", 0x0380)]),
    device(Fixed(0x1002, 0x5046), &[pci("ati-vga", 0x0300)]).cold(DISPLAY),
    device(Modern(0x1050), &[pcie("virtio-vga-gl", 0x0300), pcie("virtio-gpu-gl-pci", 0x0380)])
        .cold(DISPLAY),
    device(Fixed(0x1000, 0x0001), &[pci("lsi53c810", SCSI_CLASS)])
        .offers(Geometry::Drives(LSILOGIC)),
    device(Fixed(0x1000, 0x0079), &[pcie("megasas-gen2", 0x0104)])
        .offers(Geometry::Drives(LSISAS1078)),
    device(Fixed(0x1b36, 0x0007), &[pci("sdhci-pci", 0x0805)]),
    device(Fixed(0x1b36, 0x0003), &[pci("pci-serial-2x", 0x0700)]),
    device(Fixed(0x1b36, 0x0004), &[pci("pci-serial-4x", 0x0700)]),
    device(Fixed(0x1234, 0x11e8), &[pci("edu", 0x00ff)]),
    device(Fixed(0x1b36, 0x0005), &[pci("pci-testdev", 0x00ff)]),
    device(Fixed(0x8086, 0x293c), &[pci("ich9-usb-ehci2", 0x0c03)]).cold(NOT_HOTPLUGGABLE),
    device(Fixed(0x8086, 0x2937), &[pci("ich9-usb-uhci4", 0x0c03)]).cold(NOT_HOTPLUGGABLE),
    device(Fixed(0x8086, 0x2938), &[pci("ich9-usb-uhci5", 0x0c03)]).cold(NOT_HOTPLUGGABLE),
    device(Fixed(0x8086, 0x2939), &[pci("ich9-usb-uhci6", 0x0c03)]).cold(NOT_HOTPLUGGABLE),
];
