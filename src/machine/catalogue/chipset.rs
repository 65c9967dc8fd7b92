//! Chipset parts: the devices that a machine has on PCI bus 0 although the XML does not name them.
//!
//! Read from QEMU 10.0.2 with `query-pci` on guests started without any `-device`; libvirt
//! reserves the same places (`qemu_domain_address.c: qemuDomainValidateDevicePCISlotsPIIX3` and
//! `...Q35`).

use super::controllers::{ICH9_SATA_ID, PIIX3_IDE_ID, PIIX4_USB_ID};
use super::model::Values;
use super::pci_id::PciId;
use crate::machine::MachineKind;
use crate::model::address::PciAddress;
use crate::model::{Controller, ControllerKind};

/// A device soldered to bus 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChipsetPart {
    /// The usual name, for display.
    pub name: &'static str,
    /// The address on bus 0.
    pub at: PciAddress,
    /// Vendor and device id, as `lspci -n` shows them.
    pub id: PciId,
    /// PCI class and subclass.
    pub class: u16,
    /// The bus or controller it provides.
    pub offers: Offers,
}

/// The bus or controller that a chipset part provides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offers {
    /// No bus at all.
    Nothing,
    /// The bus it is on: a host bridge represents the root controller.
    Root,
    /// The ISA bus with its serial ports, keyboard and floppy controller.
    Isa,
    /// The places of the controller of this kind with index 0, which the XML may or may not name.
    Controller(ControllerKind),
}

/// A controller that is a function of the chipset. libvirt passes no address of it to QEMU.
#[derive(Clone, Copy, Debug)]
pub struct ChipsetController {
    /// Kind of controller; its index is 0.
    pub kind: ControllerKind,
    /// Its models; none listed for every model.
    models: Values,
    /// Its place on bus 0.
    pub at: PciAddress,
    /// Name of it in libvirt's messages.
    pub name: &'static str,
}

const fn part(
    at: PciAddress,
    name: &'static str,
    id: (u16, u16),
    class: u16,
    offers: Offers,
) -> ChipsetPart {
    ChipsetPart { name, at, id: PciId { vendor: id.0, device: id.1 }, class, offers }
}

/// A host bridge, in slot 0.
const fn host(id: (u16, u16), class: u16) -> ChipsetPart {
    part(PciAddress::literal(0, 0), "host bridge", id, class, Offers::Root)
}

const fn at(slot: u8, function: u8) -> PciAddress {
    PciAddress::literal(slot, function)
}

const PIIX3_IDE: PciAddress = at(0x01, 1);
const ICH9_SATA: PciAddress = at(0x1f, 2);

/// QEMU `hw/pci-host/i440fx.c`, `hw/isa/piix.c`, `hw/ide/piix.c`, `hw/acpi/piix4.c`.
const I440FX: &[ChipsetPart] = &[
    host((0x8086, 0x1237), 0x0600),
    part(at(0x01, 0), "ISA bridge", (0x8086, 0x7000), 0x0601, Offers::Isa),
    part(PIIX3_IDE, "IDE", PIIX3_IDE_ID, 0x0101, Offers::Controller(ControllerKind::Ide)),
    part(at(0x01, 3), "power management", (0x8086, 0x7113), 0x0680, Offers::Nothing),
];

/// QEMU `hw/pci-host/q35.c`, `hw/isa/lpc_ich9.c`, `hw/ide/ich.c`, `hw/i2c/smbus_ich9.c`.
const Q35: &[ChipsetPart] = &[
    host((0x8086, 0x29c0), 0x0600),
    part(at(0x1f, 0), "LPC bridge", (0x8086, 0x2918), 0x0601, Offers::Isa),
    part(ICH9_SATA, "SATA", ICH9_SATA_ID, 0x0106, Offers::Controller(ControllerKind::Sata)),
    part(at(0x1f, 3), "SMBus", (0x8086, 0x2930), 0x0c05, Offers::Nothing),
];

/// QEMU `hw/pci-host/gpex.c: gpex_root_class_init`.
const GPEX: &[ChipsetPart] = &[host((0x1b36, 0x0008), 0x0600)];

/// QEMU `hw/pci-host/versatile.c: versatile_pci_host_class_init`.
const VERSATILE: &[ChipsetPart] = &[host((0x10ee, 0x0300), 0x0b40)];

/// QEMU `hw/pci-host/gt64120.c`, `hw/mips/malta.c` (PIIX4 at slot 10).
const MALTA: &[ChipsetPart] = &[
    host((0x11ab, 0x4620), 0x0600),
    part(at(0x0a, 0), "ISA bridge", (0x8086, 0x7110), 0x0601, Offers::Isa),
    part(at(0x0a, 1), "IDE", (0x8086, 0x7111), 0x0101, Offers::Controller(ControllerKind::Ide)),
    part(at(0x0a, 2), "USB", PIIX4_USB_ID, 0x0c03, Offers::Nothing),
    part(at(0x0a, 3), "power management", (0x8086, 0x7113), 0x0680, Offers::Nothing),
];

/// The PIIX3's: its USB function is there only in a guest that has the controller, since libvirt
/// starts QEMU with `usb=off`.
const PIIX3_CONTROLLERS: &[ChipsetController] = &[
    ChipsetController {
        kind: ControllerKind::Ide,
        models: &[],
        at: PIIX3_IDE,
        name: "Primary IDE controller",
    },
    ChipsetController {
        kind: ControllerKind::Usb,
        models: &["piix3-uhci", ""],
        at: at(0x01, 2),
        name: "PIIX3 USB controller at index 0",
    },
];

/// Controllers that are functions of the ICH9.
const ICH9_CONTROLLERS: &[ChipsetController] = &[ChipsetController {
    kind: ControllerKind::Sata,
    models: &[],
    at: ICH9_SATA,
    name: "Primary SATA controller",
}];

impl ChipsetController {
    /// The function of the chipset that a controller is on a kind of machine.
    pub fn of(controller: &Controller, kind: MachineKind) -> Option<&'static Self> {
        let functions = match kind {
            MachineKind::I440fx => PIIX3_CONTROLLERS,
            MachineKind::Q35 => ICH9_CONTROLLERS,
            _ => &[],
        };
        if controller.index.is_none_or(|index| index.0 != 0) {
            return None;
        }
        let model = controller.model.as_deref().unwrap_or_default();
        functions.iter().find(|function| {
            function.kind == controller.kind
                && (function.models.is_empty() || function.models.contains(&model))
        })
    }

    /// libvirt's message about such a controller with another address.
    pub fn refusal(&self) -> String {
        let PciAddress { slot, function, .. } = self.at;
        format!("{} must have PCI address 0:0:{:x}.{:x}", self.name, slot.get(), function.get())
    }
}

impl ChipsetPart {
    /// Whether no controller of a guest represents this part.
    pub fn is_anonymous(&self) -> bool {
        matches!(self.offers, Offers::Isa | Offers::Nothing)
    }
}

/// The parts of a kind of machine; pSeries and s390 guests see no host bridge on their buses.
pub(in crate::machine) fn parts(kind: MachineKind) -> &'static [ChipsetPart] {
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
