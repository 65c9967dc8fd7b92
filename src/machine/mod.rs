//! Facts about hardware models, as tables with their source: chipsets, PCI ids, implicit buses.
//!
//! Nothing here examines a particular guest beyond choosing the tables for its machine.

mod catalogue;
mod connect;
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

use crate::model::{Arch, Device, Domain, PciModel, Version};

pub use libvirt::Feature;

/// The families of machines whose guests libvirt treats alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MachineKind {
    /// PC with i440FX and PIIX3, conventional PCI.
    I440fx,
    /// PC with MCH and ICH9, PCI Express.
    Q35,
    /// PC without PCI.
    Isapc,
    /// PC without PCI and ISA slots, for virtio-mmio.
    Microvm,
    /// Any other x86 machine: xenfv, x-remote, ...
    OtherX86,
    /// The ARM machine `virt`.
    ArmVirt,
    /// ARM Versatile/PB: a board with conventional PCI.
    Versatilepb,
    /// ARM Versatile Express: boards with virtio-mmio.
    Vexpress,
    /// ARM `RealView` boards.
    Realview,
    /// Any other ARM board.
    OtherArm,
    /// The RISC-V machine `virt`.
    RiscvVirt,
    /// Any other RISC-V machine.
    OtherRiscv,
    /// The `LoongArch` machine `virt`.
    LoongarchVirt,
    /// POWER under a hypervisor.
    Pseries,
    /// IBM Z with the channel subsystem.
    S390Ccw,
    /// MIPS Malta board.
    Malta,
    /// Any other machine.
    Other,
}

impl MachineKind {
    /// Ids of the host bridge in slot 0 of its first PCI bus; `None` where the guest sees none.
    pub fn host_bridge(self) -> Option<PciId> {
        let parts = catalogue::parts(self);
        parts.iter().find(|part| part.offers == Offers::Root).map(|part| part.id)
    }
}

/// A row for recognising a kind of machine: architecture test, exact names, prefixes.
type KindRow = (MachineKind, fn(Arch) -> bool, &'static [&'static str], &'static [&'static str]);

/// The first row that fits. Source: `qemu_domain.c: qemuDomainMachineIs*`.
const KINDS: &[KindRow] = &[
    (MachineKind::I440fx, Arch::is_x86, &["pc"], &["pc-0.", "pc-1.", "pc-i440fx-", "rhel"]),
    (MachineKind::Q35, Arch::is_x86, &["q35"], &["pc-q35-"]),
    (MachineKind::Isapc, Arch::is_x86, &["isapc"], &[]),
    (MachineKind::Microvm, Arch::is_x86, &["microvm"], &[]),
    (MachineKind::OtherX86, Arch::is_x86, &[], &[""]),
    (MachineKind::ArmVirt, Arch::is_arm, &["virt"], &["virt-"]),
    (MachineKind::Versatilepb, Arch::is_arm, &["versatilepb"], &[]),
    (MachineKind::Vexpress, Arch::is_arm, &[], &["vexpress-"]),
    (MachineKind::Realview, Arch::is_arm, &[], &["realview"]),
    (MachineKind::OtherArm, Arch::is_arm, &[], &[""]),
    (MachineKind::RiscvVirt, Arch::is_riscv, &["virt"], &["virt-"]),
    (MachineKind::OtherRiscv, Arch::is_riscv, &[], &[""]),
    (MachineKind::LoongarchVirt, |arch| arch == Arch::Loongarch64, &["virt"], &["virt-"]),
    (MachineKind::Pseries, Arch::is_ppc64, &["pseries"], &["pseries-"]),
    (MachineKind::S390Ccw, Arch::is_s390, &[], &["s390-ccw"]),
    (MachineKind::Malta, Arch::is_mips, &["malta"], &[]),
    (MachineKind::Other, |_| true, &[], &[""]),
];

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

type DefaultRow = (fn(Arch) -> bool, &'static str);

/// The machine taken when the XML names none: the first of QEMU's own list, per architecture.
///
/// Source: `qemu_capabilities.c: virQEMUCapsInitGuestFromBinary`, QEMU's `-machine help`.
const DEFAULT_MACHINES: &[DefaultRow] = &[
    (Arch::is_x86, "pc"),
    (Arch::is_ppc64, "pseries"),
    (Arch::is_s390, "s390-ccw-virtio"),
    (|arch| arch == Arch::Loongarch64, "virt"),
    (Arch::is_mips, "malta"),
];

/// The machine of a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The machine family.
    pub kind: MachineKind,
    /// The guest's architecture.
    pub arch: Arch,
    /// The libvirt whose rules apply.
    pub libvirt: Version,
}

impl Machine {
    /// The machine of `domain`.
    pub fn of(domain: &Domain) -> Self {
        let arch = domain.arch;
        let name = domain.machine.as_deref().unwrap_or_else(|| {
            DEFAULT_MACHINES.iter().find(|row| row.0(arch)).map_or("", |row| row.1)
        });
        let fits = |row: &&KindRow| {
            let (_, is_arch, exact, prefixes) = **row;
            is_arch(arch)
                && (exact.contains(&name) || prefixes.iter().any(|prefix| name.starts_with(prefix)))
        };
        let row = KINDS.iter().find(fits).filter(|_| domain.is_of_qemu());
        let kind = row.map_or(MachineKind::Other, |row| row.0);
        Self { kind, arch, libvirt: domain.libvirt }
    }

    /// Whether the machine's libvirt has a change.
    pub fn has(self, feature: Feature) -> bool {
        libvirt::has(self.libvirt, feature)
    }

    /// Whether the machine's libvirt knows the model of a device; true for models without a row.
    pub fn knows(self, device: &Device) -> bool {
        Model::of(device).and_then(|model| model.since).is_none_or(|feature| self.has(feature))
    }

    /// Whether the libvirt in question takes a device for a part of the board, which gets no PCI
    /// address by itself, although the device has a PCI connection.
    pub fn has_on_board(self, device: &Device) -> bool {
        Model::of(device).and_then(|model| model.on_board).is_some_and(|feature| self.has(feature))
    }

    /// The root of its PCI buses, controller index 0; `None` when libvirt adds none by itself.
    ///
    /// Source: `qemu_postparse.c: qemuDomainDefAddDefaultDevices`.
    pub fn root(self) -> Option<PciModel> {
        match self.kind {
            MachineKind::Q35
            | MachineKind::ArmVirt
            | MachineKind::RiscvVirt
            | MachineKind::LoongarchVirt => Some(PciModel::PcieRoot),
            MachineKind::Versatilepb if !self.has(Feature::VersatilePci) => None,
            MachineKind::I440fx
            | MachineKind::Versatilepb
            | MachineKind::Pseries
            | MachineKind::S390Ccw
            | MachineKind::Malta => Some(PciModel::PciRoot),
            MachineKind::Realview if self.has(Feature::RealviewPci) => Some(PciModel::PciRoot),
            MachineKind::Isapc
            | MachineKind::Microvm
            | MachineKind::OtherX86
            | MachineKind::Vexpress
            | MachineKind::Realview
            | MachineKind::OtherArm
            | MachineKind::OtherRiscv => None,
            MachineKind::Other => self.other_root(),
        }
    }

    fn other_root(self) -> Option<PciModel> {
        match self.arch {
            Arch::Loongarch64 => Some(PciModel::PcieRoot),
            Arch::Ppc | Arch::Ppc64 | Arch::Ppc64le | Arch::Alpha | Arch::Sh4 | Arch::Sparc64 => {
                Some(PciModel::PciRoot)
            }
            Arch::S390 | Arch::S390x => Some(PciModel::PciRoot),
            _ => None,
        }
    }

    /// Devices soldered to bus 0.
    pub fn chipset(self) -> &'static [ChipsetPart] {
        catalogue::parts(self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
