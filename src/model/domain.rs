//! A guest, as far as its devices' addresses depend on it.

use std::collections::BTreeMap;

use strum::{EnumString, IntoStaticStr};

use super::{Device, DeviceClass, DeviceKey, Kind, Text, Version};

/// Value of `<os><type arch=>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
#[expect(missing_docs, reason = "each is the word libvirt writes")]
pub enum Arch {
    I686,
    X86_64,
    Armv6l,
    Armv7l,
    Aarch64,
    Ppc,
    Ppc64,
    Ppc64le,
    S390,
    S390x,
    Riscv32,
    Riscv64,
    Loongarch64,
    Mips,
    Mipsel,
    Mips64,
    Mips64el,
    Alpha,
    Sh4,
    Sparc,
    Sparc64,
    /// Any other architecture.
    #[strum(serialize = "")]
    Other,
}

impl Arch {
    /// The architecture with this name; `Other` for any other.
    pub fn from_name(word: &str) -> Self {
        word.parse().unwrap_or(Self::Other)
    }

    /// libvirt's name for it; empty for `Other`.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// 32 or 64 bit PC.
    pub fn is_x86(self) -> bool {
        matches!(self, Self::I686 | Self::X86_64)
    }

    /// 32 or 64 bit ARM.
    pub fn is_arm(self) -> bool {
        matches!(self, Self::Armv6l | Self::Armv7l | Self::Aarch64)
    }

    /// 64 bit POWER of either byte order.
    pub fn is_ppc64(self) -> bool {
        matches!(self, Self::Ppc64 | Self::Ppc64le)
    }

    /// Whether it is IBM Z.
    pub fn is_s390(self) -> bool {
        matches!(self, Self::S390 | Self::S390x)
    }

    /// 32 or 64 bit RISC-V.
    pub fn is_riscv(self) -> bool {
        matches!(self, Self::Riscv32 | Self::Riscv64)
    }

    /// MIPS of either width and byte order.
    pub fn is_mips(self) -> bool {
        matches!(self, Self::Mips | Self::Mipsel | Self::Mips64 | Self::Mips64el)
    }
}

/// How the document marks a dynamic address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// libvirt as released: a dynamic address is not written.
    #[default]
    Current,
    /// The proposal of 2009: `mode='static'|'dynamic'` in each address.
    Of2009,
}

/// The ACPI hot-plug settings of a PC guest, as far as `-global` arguments in `<qemu:commandline>`
/// change them. They decide about the names of NICs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcpiHotplug {
    /// About the root bus: `PIIX4_PM.acpi-root-pci-hotplug`.
    pub root: bool,
    /// About the buses behind bridges: `acpi-pci-hotplug-with-bridge-support` of `PIIX4_PM` or
    /// `ICH9-LPC`.
    pub bridges: bool,
}

impl Default for AcpiHotplug {
    fn default() -> Self {
        Self { root: true, bridges: true }
    }
}

/// Settings outside `<devices>` that decide about devices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// Value of `<features><acpi/>`.
    pub acpi: bool,
    /// ACPI settings of hot-plug.
    pub acpi_hotplug: AcpiHotplug,
    /// `<features><ps2 state='off'/>`: no PS/2 keyboard and mouse.
    pub ps2_off: bool,
    /// `<vcpu>`: most processors the guest may have, at least 1.
    pub vcpus: u32,
    /// Cells of `<cpu><numa>`.
    pub numa_cells: u32,
    /// `<maxMemory slots=>`; `None` without `<maxMemory>`.
    pub memory_slots: Option<u32>,
    /// Whether there is a `<graphics>` element: libvirt then adds a video device.
    pub graphics: bool,
}

/// A guest and its devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// The element `<name>`.
    pub name: Text,
    /// `<domain type=>`: `kvm`, `qemu`, ...
    pub hypervisor: Option<Text>,
    /// `<os><type arch=>`; `x86_64` when not written.
    pub arch: Arch,
    /// The architecture as written, or `x86_64`.
    pub arch_name: Text,
    /// Value of `<os><type machine=>`.
    pub machine: Option<Text>,
    /// How dynamic addresses are written.
    pub dialect: Dialect,
    /// The answering libvirt.
    pub libvirt: Version,
    /// Settings that decide about devices.
    pub features: Features,
    /// Every device, in document order; implied ones last.
    pub devices: Vec<Device>,
}

/// Values of `<domain type=>` whose guests have the machines and devices of QEMU, and the driver for
/// tests, which takes them as well.
const OF_QEMU: &[&str] = &["qemu", "kvm", "hvf", "nvmm", "mshv", "test"];

impl Domain {
    /// Whether the guest runs in QEMU: machines, buses and rules are those of its driver.
    pub fn is_of_qemu(&self) -> bool {
        self.hypervisor.as_deref().is_none_or(|hypervisor| OF_QEMU.contains(&hypervisor))
    }

    /// The device with this key.
    pub fn device(&self, key: DeviceKey) -> Option<&Device> {
        self.devices.iter().find(|device| device.key() == key)
    }

    /// All devices by key, for many look-ups.
    pub fn by_key(&self) -> BTreeMap<DeviceKey, &Device> {
        self.devices.iter().map(|device| (device.key(), device)).collect()
    }

    /// The devices of one class, in order.
    pub fn of_class(&self, class: DeviceClass) -> impl Iterator<Item = &Device> {
        self.devices.iter().filter(move |device| device.class() == class)
    }

    /// The next device of its class, as libvirt would add it, without an address so far.
    pub fn next(&self, kind: Kind) -> Device {
        let last = self.of_class(kind.class()).map(|device| device.nth).max();
        Device::implied(last.map_or(0, |last| last.saturating_add(1)), kind)
    }

    /// Whether `device` is the first `<console>` and repeats serial port 0, address included: one
    /// port with two names (`domain_postparse.c: virDomainDefAddConsoleCompat`).
    pub fn is_mirror(&self, device: &Device) -> bool {
        device.key() == DeviceKey::new(DeviceClass::Console, 0)
            && matches!(device.variant(), None | Some("serial"))
            && self.of_class(DeviceClass::Serial).next().is_some()
    }

    /// The controllers, in order.
    pub fn controllers(&self) -> impl Iterator<Item = (&Device, &super::Controller)> {
        self.devices.iter().filter_map(|device| Some((device, device.controller()?)))
    }
}
