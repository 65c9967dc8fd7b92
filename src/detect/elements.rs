//! Which element libvirt writes for a QEMU device: the way back from a live device to an XML.

use super::facts::{LiveDevice, Seat};
use crate::machine::PciId;

/// What an element says besides what is particular to one guest: `@name` is an attribute, `child/@name`
/// one of a child, `child/=` the text of a child.
type Words = &'static [(&'static str, &'static str)];

/// One kind of device.
#[derive(Debug)]
pub(super) struct Row {
    /// QEMU's models; the first is the one meant by the ids.
    pub(super) drivers: &'static [&'static str],
    /// Vendor and device ids, for monitors that tell no models.
    ids: &'static [(u16, u16)],
    /// The element.
    pub(super) element: &'static str,
    /// What it says.
    pub(super) words: Words,
}

const fn row(
    drivers: &'static [&'static str],
    ids: &'static [(u16, u16)],
    element: &'static str,
    words: Words,
) -> Row {
    Row { drivers, ids, element, words }
}

/// Source: `device-identity` facts read from QEMU 10.0.2 and libvirt 11.3's `domxml-to-native`.
const ROWS: &[Row] = &[
    // PCI controllers.
    row(
        &["pci-bridge"],
        &[(0x1b36, 1)],
        "controller",
        &[("@type", "pci"), ("@model", "pci-bridge")],
    ),
    row(
        &["i82801b11-bridge"],
        &[(0x8086, 0x244e)],
        "controller",
        &[("@type", "pci"), ("@model", "dmi-to-pci-bridge")],
    ),
    row(
        &["pcie-pci-bridge"],
        &[(0x1b36, 0xe)],
        "controller",
        &[("@type", "pci"), ("@model", "pcie-to-pci-bridge")],
    ),
    row(
        &["pcie-root-port"],
        &[(0x1b36, 0xc)],
        "controller",
        &[("@type", "pci"), ("@model", "pcie-root-port")],
    ),
    row(
        &["ioh3420"],
        &[(0x8086, 0x3420)],
        "controller",
        &[("@type", "pci"), ("@model", "pcie-root-port"), ("model/@name", "ioh3420")],
    ),
    row(
        &["x3130-upstream"],
        &[(0x104c, 0x8232)],
        "controller",
        &[("@type", "pci"), ("@model", "pcie-switch-upstream-port")],
    ),
    row(
        &["xio3130-downstream"],
        &[(0x104c, 0x8233)],
        "controller",
        &[("@type", "pci"), ("@model", "pcie-switch-downstream-port")],
    ),
    row(
        &["pxb"],
        &[(0x1b36, 9)],
        "controller",
        &[("@type", "pci"), ("@model", "pci-expander-bus")],
    ),
    row(
        &["pxb-pcie"],
        &[(0x1b36, 0xb)],
        "controller",
        &[("@type", "pci"), ("@model", "pcie-expander-bus")],
    ),
    // Other controllers.
    row(
        &["virtio-scsi-pci"],
        &[(0x1af4, 0x1004), (0x1af4, 0x1048)],
        "controller",
        &[("@type", "scsi"), ("@model", "virtio-scsi")],
    ),
    row(
        &["lsi53c895a", "lsi"],
        &[(0x1000, 0x12)],
        "controller",
        &[("@type", "scsi"), ("@model", "lsilogic")],
    ),
    row(
        &["mptsas1068"],
        &[(0x1000, 0x54)],
        "controller",
        &[("@type", "scsi"), ("@model", "lsisas1068")],
    ),
    row(
        &["megasas"],
        &[(0x1000, 0x60)],
        "controller",
        &[("@type", "scsi"), ("@model", "lsisas1078")],
    ),
    row(
        &["pvscsi"],
        &[(0x15ad, 0x7c0)],
        "controller",
        &[("@type", "scsi"), ("@model", "vmpvscsi")],
    ),
    row(
        &["am53c974"],
        &[(0x1022, 0x2020)],
        "controller",
        &[("@type", "scsi"), ("@model", "am53c974")],
    ),
    row(&["dc390"], &[], "controller", &[("@type", "scsi"), ("@model", "dc390")]),
    row(
        &["virtio-serial-pci"],
        &[(0x1af4, 0x1003), (0x1af4, 0x1043)],
        "controller",
        &[("@type", "virtio-serial")],
    ),
    row(&["ahci", "ich9-ahci"], &[(0x8086, 0x2922)], "controller", &[("@type", "sata")]),
    row(&["piix3-ide"], &[(0x8086, 0x7010)], "controller", &[("@type", "ide")]),
    row(
        &["piix3-usb-uhci"],
        &[(0x8086, 0x7020)],
        "controller",
        &[("@type", "usb"), ("@model", "piix3-uhci")],
    ),
    row(
        &["piix4-usb-uhci"],
        &[(0x8086, 0x7112)],
        "controller",
        &[("@type", "usb"), ("@model", "piix4-uhci")],
    ),
    row(&["usb-ehci"], &[(0x8086, 0x24cd)], "controller", &[("@type", "usb"), ("@model", "ehci")]),
    row(
        &["ich9-usb-ehci1"],
        &[(0x8086, 0x293a)],
        "controller",
        &[("@type", "usb"), ("@model", "ich9-ehci1")],
    ),
    row(
        &["ich9-usb-uhci1"],
        &[(0x8086, 0x2934)],
        "controller",
        &[("@type", "usb"), ("@model", "ich9-uhci1"), ("master/@startport", "0")],
    ),
    row(
        &["ich9-usb-uhci2"],
        &[(0x8086, 0x2935)],
        "controller",
        &[("@type", "usb"), ("@model", "ich9-uhci2"), ("master/@startport", "2")],
    ),
    row(
        &["ich9-usb-uhci3"],
        &[(0x8086, 0x2936)],
        "controller",
        &[("@type", "usb"), ("@model", "ich9-uhci3"), ("master/@startport", "4")],
    ),
    row(
        &["pci-ohci"],
        &[(0x106b, 0x3f)],
        "controller",
        &[("@type", "usb"), ("@model", "pci-ohci")],
    ),
    row(
        &["nec-usb-xhci"],
        &[(0x1033, 0x194)],
        "controller",
        &[("@type", "usb"), ("@model", "nec-xhci")],
    ),
    row(
        &["qemu-xhci"],
        &[(0x1b36, 0xd)],
        "controller",
        &[("@type", "usb"), ("@model", "qemu-xhci")],
    ),
    row(&["usb-ccid"], &[], "controller", &[("@type", "ccid")]),
    // pSeries.
    row(&["spapr-pci-host-bridge"], &[], "controller", &[("@type", "pci"), ("@model", "pci-root")]),
    row(&["spapr-vscsi"], &[], "controller", &[("@type", "scsi"), ("@model", "ibmvscsi")]),
    row(&["spapr-vlan"], &[], "interface", &[("@type", "user"), ("model/@type", "spapr-vlan")]),
    row(&["spapr-vty"], &[], "serial", &[("@type", "null"), ("target/@type", "spapr-vio-serial")]),
    row(&["spapr-nvram"], &[], "nvram", &[]),
    // NICs.
    row(
        &["virtio-net-pci"],
        &[(0x1af4, 0x1000), (0x1af4, 0x1041)],
        "interface",
        &[("@type", "user"), ("model/@type", "virtio")],
    ),
    row(
        &["e1000"],
        &[(0x8086, 0x100e)],
        "interface",
        &[("@type", "user"), ("model/@type", "e1000")],
    ),
    row(
        &["e1000-82544gc"],
        &[(0x8086, 0x100c)],
        "interface",
        &[("@type", "user"), ("model/@type", "e1000-82544gc")],
    ),
    row(
        &["e1000-82545em"],
        &[(0x8086, 0x100f)],
        "interface",
        &[("@type", "user"), ("model/@type", "e1000-82545em")],
    ),
    row(
        &["e1000e"],
        &[(0x8086, 0x10d3)],
        "interface",
        &[("@type", "user"), ("model/@type", "e1000e")],
    ),
    row(&["igb"], &[(0x8086, 0x10c9)], "interface", &[("@type", "user"), ("model/@type", "igb")]),
    row(
        &["rtl8139"],
        &[(0x10ec, 0x8139)],
        "interface",
        &[("@type", "user"), ("model/@type", "rtl8139")],
    ),
    row(
        &["vmxnet3"],
        &[(0x15ad, 0x7b0)],
        "interface",
        &[("@type", "user"), ("model/@type", "vmxnet3")],
    ),
    row(
        &["ne2k_pci"],
        &[(0x10ec, 0x8029)],
        "interface",
        &[("@type", "user"), ("model/@type", "ne2k_pci")],
    ),
    row(
        &["pcnet"],
        &[(0x1022, 0x2000)],
        "interface",
        &[("@type", "user"), ("model/@type", "pcnet")],
    ),
    row(
        &["i82551"],
        &[(0x8086, 0x1209)],
        "interface",
        &[("@type", "user"), ("model/@type", "i82551")],
    ),
    row(
        &["i82557b"],
        &[(0x8086, 0x1229)],
        "interface",
        &[("@type", "user"), ("model/@type", "i82557b")],
    ),
    row(&["i82559er"], &[], "interface", &[("@type", "user"), ("model/@type", "i82559er")]),
    row(&["tulip"], &[(0x1011, 0x19)], "interface", &[("@type", "user"), ("model/@type", "tulip")]),
    row(&["usb-net"], &[], "interface", &[("@type", "user"), ("model/@type", "usb-net")]),
    // Disks; bus and target follow from where they are.
    row(
        &["virtio-blk-pci"],
        &[(0x1af4, 0x1001), (0x1af4, 0x1042)],
        "disk",
        &[("@type", "file"), ("@device", "disk")],
    ),
    row(
        &["scsi-hd", "ide-hd", "usb-storage"],
        &[],
        "disk",
        &[("@type", "file"), ("@device", "disk")],
    ),
    row(&["scsi-cd", "ide-cd"], &[], "disk", &[("@type", "file"), ("@device", "cdrom")]),
    row(&["floppy"], &[], "disk", &[("@type", "file"), ("@device", "floppy")]),
    // Sound and video.
    row(&["AC97"], &[(0x8086, 0x2415)], "sound", &[("@model", "ac97")]),
    row(&["ES1370"], &[(0x1274, 0x5000)], "sound", &[("@model", "es1370")]),
    row(&["intel-hda"], &[(0x8086, 0x2668)], "sound", &[("@model", "ich6")]),
    row(&["ich9-intel-hda"], &[(0x8086, 0x293e)], "sound", &[("@model", "ich9")]),
    row(&["virtio-sound-pci"], &[(0x1af4, 0x1059)], "sound", &[("@model", "virtio")]),
    row(&["usb-audio"], &[], "sound", &[("@model", "usb")]),
    row(&["VGA"], &[(0x1234, 0x1111)], "video", &[("model/@type", "vga")]),
    row(&["cirrus-vga"], &[(0x1013, 0xb8)], "video", &[("model/@type", "cirrus")]),
    row(&["vmware-svga"], &[(0x15ad, 0x405)], "video", &[("model/@type", "vmvga")]),
    row(&["qxl-vga", "qxl"], &[(0x1b36, 0x100)], "video", &[("model/@type", "qxl")]),
    row(
        &["virtio-vga", "virtio-gpu-pci"],
        &[(0x1af4, 0x1050)],
        "video",
        &[("model/@type", "virtio")],
    ),
    row(&["bochs-display"], &[], "video", &[("model/@type", "bochs")]),
    // Input and other USB devices.
    row(&["usb-tablet"], &[], "input", &[("@type", "tablet"), ("@bus", "usb")]),
    row(&["usb-mouse"], &[], "input", &[("@type", "mouse"), ("@bus", "usb")]),
    row(&["usb-kbd"], &[], "input", &[("@type", "keyboard"), ("@bus", "usb")]),
    row(&["virtio-keyboard-pci"], &[], "input", &[("@type", "keyboard"), ("@bus", "virtio")]),
    row(&["virtio-mouse-pci"], &[], "input", &[("@type", "mouse"), ("@bus", "virtio")]),
    row(&["virtio-tablet-pci"], &[], "input", &[("@type", "tablet"), ("@bus", "virtio")]),
    row(&["usb-hub"], &[], "hub", &[("@type", "usb")]),
    row(&["usb-redir"], &[], "redirdev", &[("@bus", "usb"), ("@type", "spicevmc")]),
    row(
        &["ccid-card-passthru"],
        &[],
        "smartcard",
        &[("@mode", "passthrough"), ("@type", "spicevmc")],
    ),
    // Ports.
    row(&["virtserialport"], &[], "channel", &[("@type", "unix"), ("target/@type", "virtio")]),
    row(&["virtconsole"], &[], "console", &[("@type", "pty"), ("target/@type", "virtio")]),
    row(
        &["pci-serial"],
        &[(0x1b36, 2)],
        "serial",
        &[("@type", "pty"), ("target/@type", "pci-serial")],
    ),
    row(&["usb-serial"], &[], "serial", &[("@type", "pty"), ("target/@type", "usb-serial")]),
    // The ISA bus.
    row(&["isa-serial"], &[], "serial", &[("@type", "pty"), ("target/@type", "isa-serial")]),
    row(&["isa-debugcon"], &[], "serial", &[("@type", "pty"), ("target/@type", "isa-debug")]),
    row(&["isa-parallel"], &[], "parallel", &[("@type", "pty")]),
    row(&["sb16"], &[], "sound", &[("@model", "sb16")]),
    row(&["ib700"], &[], "watchdog", &[("@model", "ib700"), ("@action", "reset")]),
    row(&["pvpanic"], &[], "panic", &[("@model", "isa")]),
    // The rest.
    row(
        &["virtio-balloon-pci"],
        &[(0x1af4, 0x1002), (0x1af4, 0x1045)],
        "memballoon",
        &[("@model", "virtio")],
    ),
    row(
        &["virtio-rng-pci"],
        &[(0x1af4, 0x1005), (0x1af4, 0x1044)],
        "rng",
        &[("@model", "virtio"), ("backend/@model", "random"), ("backend/=", "/dev/urandom")],
    ),
    row(
        &["i6300esb"],
        &[(0x8086, 0x25ab)],
        "watchdog",
        &[("@model", "i6300esb"), ("@action", "reset")],
    ),
    row(
        &["virtio-crypto-pci"],
        &[(0x1af4, 0x1054)],
        "crypto",
        &[("@model", "virtio"), ("@type", "qemu"), ("backend/@model", "builtin")],
    ),
    row(
        &["virtio-iommu-pci", "virtio-iommu"],
        &[(0x1af4, 0x1057)],
        "iommu",
        &[("@model", "virtio")],
    ),
    row(&["pvpanic-pci"], &[(0x1b36, 0x11)], "panic", &[("@model", "pvpanic")]),
    row(
        &["ivshmem-plain"],
        &[(0x1af4, 0x1110)],
        "shmem",
        &[("@name", "shmem"), ("model/@type", "ivshmem-plain")],
    ),
];

/// Ids that say nothing without the class (`virtio` input, second displays).
const BY_CLASS: &[(u16, u16, u16, &str)] = &[
    (0x1234, 0x1111, 0x0380, "secondary-vga"),
    (0x1af4, 0x1052, 0x0900, "virtio-keyboard-pci"),
    (0x1af4, 0x1052, 0x0902, "virtio-mouse-pci"),
    (0x1af4, 0x1052, 0x0980, "virtio-tablet-pci"),
    (0x1b36, 0x0010, 0x0108, "nvme"),
];

/// QEMU's model of a live device, told or concluded from its ids.
pub(super) fn driver(device: &LiveDevice) -> Option<&str> {
    if let Some(driver) = &device.driver {
        // The parts of the machine itself have names of their own.
        return Some(match &**driver {
            "ich9-usb-uhci4" | "ich9-usb-uhci5" | "ich9-usb-uhci6" => "ich9-usb-uhci1",
            "virtio-net-pci-transitional" | "virtio-net-pci-non-transitional" => "virtio-net-pci",
            "virtio-blk-pci-transitional" | "virtio-blk-pci-non-transitional" => "virtio-blk-pci",
            other => other,
        });
    }
    let pci = device.pci.as_ref()?;
    let PciId { vendor, device: model } = pci.id?;
    let narrow = BY_CLASS
        .iter()
        .find(|row| (row.0, row.1) == (vendor, model) && Some(row.2) == pci.class)
        .map(|row| row.3);
    narrow.or_else(|| {
        let by_id = ROWS.iter().find(|row| row.ids.contains(&(vendor, model)));
        by_id.and_then(|row| row.drivers.first().copied())
    })
}

/// The element for a live device; `None` when libvirt has none.
pub(super) fn row_of(device: &LiveDevice) -> Option<&'static Row> {
    let driver = driver(device)?;
    // In the channel subsystem models have names of their own, and libvirt's elements are the same.
    let pci = driver.strip_suffix("-ccw").map(|stem| format!("{stem}-pci"));
    let driver = pci.as_deref().unwrap_or(driver);
    let row = ROWS.iter().find(|row| row.drivers.contains(&driver))?;
    // A USB stick's inner disk, or a drive whose place is not known, has no address to be written.
    let drive = row.element == "disk" && !driver.contains("virtio");
    (!drive || device.seat != Seat::None).then_some(row)
}
