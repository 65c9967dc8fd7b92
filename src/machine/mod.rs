//! Facts about hardware models, as tables with their source: chipsets, PCI ids, implicit buses.
//!
//! Nothing here examines a particular guest beyond choosing the tables for its machine.

mod catalogue;
mod connect;
mod kind;
pub mod libvirt;

pub use catalogue::{
    Addressing, Ask, BusRules, ChipsetController, ChipsetPart, ControllerModel, Coordinate,
    DISK_BUSES, DiskBus, Driver, Drives, ElementPart, Form, Geometry, Ids, ImplicitBus, Model,
    OPEN_SCSI_MODEL, Offers, PciId, Ports, QemuBus, Spelling, UsbPart, Values, Vocabulary, Where,
    Words, Written, controller_models, default_model_name, disk_bus, disk_name, disk_place,
    implicit_bus, input_bus, is_express, is_model_name, need, net_model, own_scsi_model,
    panic_model, pci_id, scsi_model, serial_target, takes_model_name, tpm_model, usb_model,
    video_model,
};
pub use connect::{Connect, Need};
pub use kind::{Machine, MachineKind};

use crate::model::{ControllerKind, Device, Domain};

pub use libvirt::Feature;

impl MachineKind {
    /// Ids of the host bridge in slot 0 of its first PCI bus; `None` where the guest sees none.
    pub fn host_bridge(self) -> Option<PciId> {
        let parts = catalogue::parts(self);
        parts.iter().find(|part| part.offers == Offers::Root).map(|part| part.id)
    }

    /// The drive controller of the board: its kind, the number of its buses in QEMU, and of the units
    /// on each. An AHCI port is a bus with one unit.
    pub fn board_drives(self) -> Option<(ControllerKind, u32, u32)> {
        match self {
            Self::I440fx => Some((ControllerKind::Ide, 2, 2)),
            Self::Q35 => Some((ControllerKind::Sata, 6, 1)),
            _ => None,
        }
    }
}

/// Beginnings of the names of x86 machines that are no PC of libvirt's.
const OTHER_X86: &[&str] = &["xenfv", "xenpv", "x-remote", "nitro", "none", "ubuntu"];

/// Names of x86 machines, for suggestions.
const X86_NAMES: &[&str] = &["pc", "q35", "isapc", "microvm", "xenfv", "xenpv"];

/// A suggestion for the machine type of `domain` when it is an unknown one; `None` for known ones,
/// and for architectures with a hundred boards.
///
/// Source: `qemu-system-x86_64 -machine help` of QEMU 1.0 to 11.1; releases of a type are not
/// judged.
pub fn unknown_machine(domain: &Domain) -> Option<&'static str> {
    let name = domain.machine.as_deref().filter(|name| !name.is_empty())?;
    let is_known = OTHER_X86.iter().any(|known| name.starts_with(known));
    if Machine::of(domain).kind != MachineKind::OtherX86 || is_known {
        return None;
    }
    let has_word = |word: &str| name.contains(word);
    let near = |known: &&&str| strsim::damerau_levenshtein(name, known) <= 2;
    Some(match X86_NAMES.iter().find(near) {
        Some(known) => known,
        None if has_word("q35") => "q35",
        None => "pc",
    })
}

impl Machine {
    /// Whether the machine's libvirt knows the model of a device; true for models without a row.
    pub fn knows(self, device: &Device) -> bool {
        Model::of(device).and_then(|model| model.since).is_none_or(|feature| self.has(feature))
    }

    /// Whether the libvirt in question takes a device for a part of the board, which gets no PCI
    /// address by itself, although the device has a PCI connection.
    pub fn has_on_board(self, device: &Device) -> bool {
        Model::of(device).and_then(|model| model.on_board).is_some_and(|feature| self.has(feature))
    }

    /// Devices soldered to bus 0.
    pub fn chipset(self) -> &'static [ChipsetPart] {
        catalogue::parts(self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Arch, Version};

    fn domain(arch: Arch, machine: Option<&str>) -> Domain {
        Domain {
            name: "t".into(),
            hypervisor: None,
            arch,
            arch_name: arch.as_str().into(),
            machine: machine.map(Into::into),
            dialect: crate::model::Dialect::Current,
            libvirt: Version::NEWEST_LIBVIRT,
            features: crate::model::Features::default(),
            devices: Vec::new(),
        }
    }

    #[test]
    fn an_unknown_machine_gets_the_nearest_name() {
        let suggestion = |machine| unknown_machine(&domain(Arch::X86_64, Some(machine)));
        for (machine, want) in [
            ("foobar", Some("pc")),
            ("i440fx", Some("pc")),
            ("pc-q35", Some("q35")),
            ("q53", Some("q35")),
            ("microvn", Some("microvm")),
            ("pc-q35-99.0", None),
            ("xenfv-4.2", None),
            ("rhel6.6.0", None),
            ("", None),
        ] {
            assert_eq!(suggestion(machine), want, "{machine}");
        }
    }

    #[test]
    fn machines_are_told_by_architecture_and_name() {
        let cases = [
            (Arch::X86_64, Some("pc"), MachineKind::I440fx),
            (Arch::I686, Some("pc-0.11"), MachineKind::I440fx),
            (Arch::X86_64, Some("pc-i440fx-10.0"), MachineKind::I440fx),
            (Arch::X86_64, None, MachineKind::I440fx),
            (Arch::X86_64, Some("pc-q35-10.0"), MachineKind::Q35),
            (Arch::X86_64, Some("isapc"), MachineKind::Isapc),
            (Arch::X86_64, Some("microvm"), MachineKind::Microvm),
            (Arch::X86_64, Some("x-remote"), MachineKind::OtherX86),
            (Arch::Aarch64, Some("virt-10.0"), MachineKind::ArmVirt),
            (Arch::Aarch64, Some("virtual"), MachineKind::OtherArm),
            (Arch::Armv7l, Some("vexpress-a15"), MachineKind::Vexpress),
            (Arch::Riscv64, Some("virt"), MachineKind::RiscvVirt),
            (Arch::Ppc64le, Some("pseries-9.0"), MachineKind::Pseries),
            (Arch::S390x, Some("s390-ccw-virtio"), MachineKind::S390Ccw),
            (Arch::Other, Some("q35"), MachineKind::Other),
        ];
        for (arch, machine, want) in cases {
            let domain = domain(arch, machine);
            assert_eq!(Machine::of(&domain).kind, want, "{arch:?} {machine:?}");
        }
    }
}
