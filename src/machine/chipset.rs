//! What a machine has on PCI bus 0 without the XML saying so.
//!
//! Read from QEMU 10.0.2 with `query-pci` on guests started without any `-device`; libvirt reserves
//! the same places (`qemu_domain_address.c: qemuDomainValidateDevicePCISlotsPIIX3` and `...Q35`).

use super::{MachineKind, PciId};
use crate::model::ControllerKind;
use crate::model::address::PciAddress;

/// A device soldered to bus 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChipsetPart {
    /// What people call it.
    pub name: &'static str,
    /// Its place on bus 0.
    pub at: PciAddress,
    /// What `lspci -n` shows.
    pub id: PciId,
    /// PCI class and subclass.
    pub class: u16,
    /// What it carries.
    pub offers: Offers,
}

/// What hangs on a chipset part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offers {
    /// Nothing.
    Nothing,
    /// The bus it sits on: a host bridge stands for the root controller.
    Root,
    /// The ISA bus with its serial ports, keyboard and floppy controller.
    Isa,
    /// The places of the controller of this kind with index 0, which the XML may or may not name.
    Controller(ControllerKind),
}

const fn part(
    place: (u8, u8),
    name: &'static str,
    id: (u16, u16),
    class: u16,
    offers: Offers,
) -> ChipsetPart {
    let at = PciAddress::literal(place.0, place.1);
    ChipsetPart { name, at, id: PciId { vendor: id.0, device: id.1 }, class, offers }
}

/// QEMU `hw/pci-host/i440fx.c`, `hw/isa/piix.c`, `hw/ide/piix.c`, `hw/acpi/piix4.c`.
const I440FX: &[ChipsetPart] = &[
    part((0x00, 0), "host bridge", (0x8086, 0x1237), 0x0600, Offers::Root),
    part((0x01, 0), "ISA bridge", (0x8086, 0x7000), 0x0601, Offers::Isa),
    part((0x01, 1), "IDE", (0x8086, 0x7010), 0x0101, Offers::Controller(ControllerKind::Ide)),
    part((0x01, 3), "power management", (0x8086, 0x7113), 0x0680, Offers::Nothing),
];

/// QEMU `hw/pci-host/q35.c`, `hw/isa/lpc_ich9.c`, `hw/ide/ich.c`, `hw/i2c/smbus_ich9.c`.
const Q35: &[ChipsetPart] = &[
    part((0x00, 0), "host bridge", (0x8086, 0x29c0), 0x0600, Offers::Root),
    part((0x1f, 0), "LPC bridge", (0x8086, 0x2918), 0x0601, Offers::Isa),
    part((0x1f, 2), "SATA", (0x8086, 0x2922), 0x0106, Offers::Controller(ControllerKind::Sata)),
    part((0x1f, 3), "SMBus", (0x8086, 0x2930), 0x0c05, Offers::Nothing),
];

/// QEMU `hw/pci-host/gpex.c: gpex_root_class_init`.
const GPEX: &[ChipsetPart] =
    &[part((0x00, 0), "host bridge", (0x1b36, 0x0008), 0x0600, Offers::Root)];

/// QEMU `hw/pci-host/versatile.c: versatile_pci_host_class_init`.
const VERSATILE: &[ChipsetPart] =
    &[part((0x00, 0), "host bridge", (0x10ee, 0x0300), 0x0b40, Offers::Root)];

/// QEMU `hw/pci-host/gt64120.c`, `hw/mips/malta.c` (PIIX4 at slot 10).
const MALTA: &[ChipsetPart] = &[
    part((0x00, 0), "host bridge", (0x11ab, 0x4620), 0x0600, Offers::Root),
    part((0x0a, 0), "ISA bridge", (0x8086, 0x7110), 0x0601, Offers::Isa),
    part((0x0a, 1), "IDE", (0x8086, 0x7111), 0x0101, Offers::Controller(ControllerKind::Ide)),
    part((0x0a, 2), "USB", (0x8086, 0x7112), 0x0c03, Offers::Nothing),
    part((0x0a, 3), "power management", (0x8086, 0x7113), 0x0680, Offers::Nothing),
];

/// The parts of a kind of machine; pSeries and s390 guests see no host bridge on their buses.
pub(super) fn parts(kind: MachineKind) -> &'static [ChipsetPart] {
    match kind {
        MachineKind::I440fx => I440FX,
        MachineKind::Q35 => Q35,
        MachineKind::ArmVirt | MachineKind::RiscvVirt | MachineKind::LoongarchVirt => GPEX,
        MachineKind::Versatilepb => VERSATILE,
        MachineKind::Malta => MALTA,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_parts_share_a_place() {
        for table in [I440FX, Q35, GPEX, VERSATILE, MALTA] {
            for (nth, part) in table.iter().enumerate() {
                for other in &table[nth + 1..] {
                    assert_ne!(part.at, other.at);
                }
            }
        }
    }
}
