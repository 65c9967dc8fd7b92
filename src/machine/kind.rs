//! The machine of a guest, and how its kind is recognised.

use super::libvirt::{self, Feature};
use crate::model::{Arch, Domain, PciModel, Version};

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
    /// The answering libvirt.
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
}
