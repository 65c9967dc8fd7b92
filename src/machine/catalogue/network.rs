//! NICs, host devices and sockets to the host.

use super::bus::QemuBus;
use super::geometry::Geometry;
use super::implicit::ImplicitBus;
use super::model::Ask::{self, Express, Legacy, Never};
use super::model::{Driver, Model, Values, Words, ccw, on, pci, pcie};
use super::pci_id::Ids::{self, Fixed, Virtio};
use super::scsi::{SCSI_CLASS, VIRTIO_SCSI};
use crate::machine::Feature;
use crate::model::DeviceClass;

/// PCI class of Ethernet controllers.
const ETHERNET: u16 = 0x0200;
/// The forms of a virtio device.
pub(super) const VIRTIO: Values = &["virtio", "virtio-transitional", "virtio-non-transitional"];

const fn nic(model: Values, connect: Ask, ids: Ids, drivers: &'static [Driver]) -> Model {
    Model::new(DeviceClass::Interface, Words::model(model)).on_pci(connect, ids).drivers(drivers)
}

/// A model that other hypervisors have.
const fn foreign(model: Values) -> Model {
    nic(model, Legacy, Ids::None, &[])
}

/// The name of a model is not case-sensitive. Of a name that libvirt does not know it thinks as of
/// a PCI Express device, and hands it to QEMU.
///
/// Source: `domain_conf.c: virDomainNetModel`, `qemu_command.c: qemuBuildNicDevProps`; QEMU
/// `hw/net/*.c`.
pub(super) static INTERFACES: &[Model] = &[
    nic(
        VIRTIO,
        Express,
        Virtio(0x1000, 0x1041),
        &[pcie("virtio-net-pci", ETHERNET), ccw("virtio-net-ccw")],
    ),
    nic(&["e1000"], Legacy, Fixed(0x8086, 0x100e), &[pci("e1000", ETHERNET)]),
    nic(&["e1000e"], Express, Fixed(0x8086, 0x10d3), &[pcie("e1000e", ETHERNET)]),
    nic(&["igb"], Express, Fixed(0x8086, 0x10c9), &[pcie("igb", ETHERNET)]),
    nic(&["rtl8139"], Legacy, Fixed(0x10ec, 0x8139), &[pci("rtl8139", ETHERNET)]),
    nic(&["vmxnet3"], Legacy, Fixed(0x15ad, 0x07b0), &[pcie("vmxnet3", ETHERNET)]),
    nic(&["usb-net"], Never, Ids::None, &[on(QemuBus::Usb, "usb-net")]),
    nic(&["spapr-vlan"], Legacy, Ids::None, &[on(QemuBus::Vio, "spapr-vlan")]),
    // The same chips by the names of VirtualBox and VMware.
    nic(&["82540EM"], Legacy, Fixed(0x8086, 0x100e), &[]),
    nic(&["82544GC"], Express, Fixed(0x8086, 0x100c), &[]),
    nic(&["82545EM"], Legacy, Fixed(0x8086, 0x100f), &[]),
    foreign(&["82543GC"]),
    foreign(&["netfront"]),
    foreign(&["lan9118"]).on_board_since(Feature::BoardCards),
    // libvirt's spelling of smc91c111, which is a name unknown to it.
    foreign(&["scm91c111"]).on_board_since(Feature::BoardCards),
    foreign(&["vlance"]),
    foreign(&["vmxnet"]),
    foreign(&["vmxnet2"]),
    foreign(&["Am79C970A"]),
    foreign(&["Am79C973"]),
    // Names of QEMU that libvirt does not know.
    nic(&["e1000-82544gc"], Express, Fixed(0x8086, 0x100c), &[pci("e1000-82544gc", ETHERNET)]),
    nic(&["e1000-82545em"], Express, Fixed(0x8086, 0x100f), &[pci("e1000-82545em", ETHERNET)]),
    nic(&["ne2k_pci"], Express, Fixed(0x10ec, 0x8029), &[pci("ne2k_pci", ETHERNET)]),
    nic(&["pcnet"], Express, Fixed(0x1022, 0x2000), &[pci("pcnet", ETHERNET)]),
    nic(&["i82551"], Express, Fixed(0x8086, 0x1209), &[pci("i82551", ETHERNET)]),
    nic(&["i82557b"], Express, Fixed(0x8086, 0x1229), &[pci("i82557b", ETHERNET)]),
    nic(&["i82559er"], Express, Fixed(0x8086, 0x1209), &[pci("i82559er", ETHERNET)]),
    nic(&["tulip"], Express, Fixed(0x1011, 0x0019), &[pci("tulip", ETHERNET)]),
    nic(&[], Express, Ids::None, &[pci("", ETHERNET)]),
];

const fn hostdev(backend: Values, model: Values) -> Model {
    let words = Words { model, kind: backend, ..Words::ANY };
    Model::new(DeviceClass::Hostdev, words).not_from_live()
}

/// The value for host devices of the whole guest: `mode='capabilities'`.
pub(super) const CAPABILITIES: &str = "capabilities";
/// The type of a host device on PCI; an interface of type `hostdev` is one, too.
pub(super) const HOST_PCI: &str = "pci";

/// Source: `qemu_command.c: qemuBuildHostdevCommandLine`; QEMU `hw/vfio/pci.c`, `hw/vfio/ccw.c`,
/// `hw/scsi/vhost-scsi.c`, `hw/scsi/scsi-generic.c`, `hw/usb/host-libusb.c`.
pub(super) static HOSTDEVS: &[Model] = &[
    hostdev(&[CAPABILITIES], &[]).at(ImplicitBus::Board),
    hostdev(&["mdev"], &["vfio-ccw"]).on_pci(Express, Ids::None).drivers(&[ccw("vfio-ccw")]),
    hostdev(&["mdev"], &["vfio-ap"]).on_pci(Express, Ids::None).at(ImplicitBus::Board),
    hostdev(&[HOST_PCI, "mdev"], &[])
        .on_pci(Express, Ids::None)
        .drivers(&[pcie("vfio-pci", 0), pcie("vfio-pci-nohotplug", 0)]),
    hostdev(&["scsi_host"], &[])
        .offers(Geometry::Drives(VIRTIO_SCSI))
        .on_pci(Express, Virtio(0x1004, 0x1048))
        .drivers(&[
            pcie("vhost-scsi-pci", SCSI_CLASS),
            ccw("vhost-scsi-ccw"),
            on(QemuBus::Virtio, "vhost-scsi"),
        ]),
    hostdev(&["scsi"], &[]).drivers(&[on(QemuBus::Scsi, "scsi-generic")]),
    hostdev(&["usb"], &[]).drivers(&[on(QemuBus::Usb, "usb-host")]),
];

/// Source: `qemu_command.c: qemuBuildVsockDevProps`; QEMU `hw/virtio/vhost-vsock-pci.c`.
pub(super) static VSOCKS: &[Model] = &[Model::new(DeviceClass::Vsock, Words::model(VIRTIO))
    .on_pci(Express, Virtio(0x1012, 0x1053))
    .drivers(&[pcie("vhost-vsock-pci", 0x0780), ccw("vhost-vsock-ccw")])
    .not_from_live()];
