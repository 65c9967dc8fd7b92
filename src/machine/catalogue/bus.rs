//! Kinds of buses that QEMU devices plug into.

/// The kind of bus a QEMU device plugs into, or a live bus is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum QemuBus {
    /// PCI or PCI Express, roots of expanders included.
    Pci,
    /// A SCSI bus.
    Scsi,
    /// One IDE channel or one SATA port.
    Ide,
    /// The floppy controller's bus.
    Floppy,
    /// A USB bus.
    Usb,
    /// A virtio-serial bus.
    Serial,
    /// A smartcard reader.
    Ccid,
    /// The channel subsystem.
    Ccw,
    /// The virtual I/O bus of pSeries.
    Vio,
    /// Between a virtio device and its PCI function or channel.
    Virtio,
    /// The ISA bus.
    Isa,
    /// The machine's board.
    System,
    /// Memory sockets, which are no bus in QEMU.
    Memory,
    /// Anything else: I2C, HD audio, SD cards.
    #[default]
    Other,
}

/// QEMU's type names of buses (`hw/pci/pci.c`, `hw/pci-bridge/pci_expander_bridge.c`,
/// `hw/scsi/scsi-bus.c`, `hw/ide/ide-bus.c`, `hw/block/fdc.c`, `hw/usb/bus.c`,
/// `hw/char/virtio-serial-bus.c`, `hw/usb/dev-smartcard-reader.c`, `hw/virtio/virtio-pci.c`).
const TYPES: &[(&str, QemuBus)] = &[
    ("PCI", QemuBus::Pci),
    ("PCIE", QemuBus::Pci),
    ("pxb-bus", QemuBus::Pci),
    ("pxb-pcie-bus", QemuBus::Pci),
    ("pxb-cxl-bus", QemuBus::Pci),
    ("CXL", QemuBus::Pci),
    ("SCSI", QemuBus::Scsi),
    ("IDE", QemuBus::Ide),
    ("floppy-bus", QemuBus::Floppy),
    ("usb-bus", QemuBus::Usb),
    ("virtio-serial-bus", QemuBus::Serial),
    ("ccid-bus", QemuBus::Ccid),
    ("virtio-pci-bus", QemuBus::Virtio),
    ("ISA", QemuBus::Isa),
    ("System", QemuBus::System),
    ("HDA", QemuBus::Other),
    ("i2c-bus", QemuBus::Other),
    ("nvme-bus", QemuBus::Other),
    ("sd-bus", QemuBus::Other),
    ("spapr-vio-bus", QemuBus::Vio),
    ("virtual-css-bus", QemuBus::Ccw),
    ("virtio-ccw-bus", QemuBus::Virtio),
    ("virtio-mmio-bus", QemuBus::Virtio),
];

impl QemuBus {
    /// The kind of bus with this QEMU type name; `None` for a type that is no bus.
    pub fn from_name(word: &str) -> Option<Self> {
        TYPES.iter().find(|row| row.0 == word).map(|row| row.1)
    }
}
