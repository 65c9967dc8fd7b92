//! The smallest document for a running guest: its machine. Its devices are adopted into it.

use crate::live::{Facts, LiveDevice, QdevAddress};
use crate::machine::{Machine, MachineKind, QemuBus};
use crate::model::{Arch, PciModel, Version};
use crate::text::Printable;

/// Machines with libvirt's name, recognised by their host bridge, or else by a bus that no other
/// machine has.
const MACHINES: &[(MachineKind, Arch, &str, Option<QemuBus>)] = &[
    (MachineKind::I440fx, Arch::X86_64, "pc", None),
    (MachineKind::Q35, Arch::X86_64, "q35", None),
    (MachineKind::ArmVirt, Arch::Aarch64, "virt", None),
    (MachineKind::S390Ccw, Arch::S390x, "s390-ccw-virtio", Some(QemuBus::Ccw)),
    (MachineKind::Pseries, Arch::Ppc64, "pseries", Some(QemuBus::Vio)),
];
/// Architectures on which libvirt knows ACPI.
const WITH_ACPI: &[&str] = &["x86_64", "i686", "aarch64"];

/// The machine of a guest, and libvirt's name for it.
fn machine(facts: &Facts) -> (Machine, &'static str) {
    let bridge = facts.main_root().and_then(|root| {
        let first = facts.devices.iter().find(|device| {
            device.bus == Some(root)
                && matches!(device.address, QdevAddress::Pci(slot, f) if slot.get() == 0 && f.get() == 0)
        });
        first?.pci.as_ref()?.id
    });
    let has = |kind| facts.buses.iter().any(|bus| Some(bus.kind) == kind);
    let by_bridge =
        bridge.and_then(|id| MACHINES.iter().find(|row| row.0.host_bridge() == Some(id)));
    let known = by_bridge.or_else(|| MACHINES.iter().find(|row| has(row.3)));
    let (kind, arch, name, _) =
        known.copied().unwrap_or((MachineKind::I440fx, Arch::X86_64, "pc", None));
    (Machine { kind, arch, libvirt: Version::NEWEST_LIBVIRT }, name)
}

/// A domain with the machine of the guest, to adopt its devices into.
///
/// Memory and processors are those of the guest, if the monitor reported them.
pub(super) fn skeleton(facts: &Facts) -> String {
    let (machine, name) = machine(facts);
    let root = machine.root().unwrap_or(PciModel::PciRoot);
    let (arch, machine) = (machine.arch.as_str(), name);
    let word =
        |text: &str| Printable::new(text).to_string().replace(['<', '>', '&', '\'', '"'], "");
    let arch = facts.arch.as_deref().map_or_else(|| arch.to_owned(), word);
    let machine = facts.machine.as_deref().map_or_else(|| machine.to_owned(), word);
    let name = facts.name.as_deref().map_or_else(|| "live".to_owned(), word);
    let memory = facts.memory.unwrap_or(256 << 20) >> 10;
    let processors = facts.processors.unwrap_or(1);
    let addressed = || facts.devices.iter().filter(|device| device.address != QdevAddress::None);
    let has = |test: &dyn Fn(&LiveDevice) -> bool| addressed().any(test);
    let pci = if facts.main_root().is_some() {
        format!("    <controller type='pci' index='0' model='{root}'/>\n")
    } else {
        String::new()
    };
    let acpi = WITH_ACPI.contains(&arch.as_str());
    let features = if acpi { "  <features>\n    <acpi/>\n  </features>\n" } else { "" };
    // libvirt would add these by itself.
    let usb = has(&|device| device.pci.as_ref().is_some_and(|pci| pci.class == Some(0x0c03)));
    let usb = if usb { "" } else { "    <controller type='usb' index='0' model='none'/>\n" };
    let floppy = has(&|device| device.qemu_driver() == Some("floppy"));
    let floppy = if floppy { "    <controller type='fdc' index='0'/>\n" } else { "" };
    let balloon =
        has(&|device| device.qemu_driver().is_some_and(|d| d.starts_with("virtio-balloon")));
    let balloon = if balloon { "" } else { "    <memballoon model='none'/>\n" };
    format!(
        "<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n  \
         <name>{name}</name>\n  <memory unit='KiB'>{memory}</memory>\n  \
         <vcpu>{processors}</vcpu>\n  <os>\n    \
         <type arch='{arch}' machine='{machine}'>hvm</type>\n  </os>\n{features}  \
         <devices>\n{pci}{usb}{floppy}{balloon}  </devices>\n  \
         <qemu:commandline>\n  </qemu:commandline>\n</domain>\n"
    )
}

/// The skeleton without an argument list that nothing has been put into.
pub(super) fn without_empty_arguments(text: &str) -> String {
    let empty = "  <qemu:commandline>\n  </qemu:commandline>\n";
    if text.contains(empty) {
        text.replacen(empty, "", 1).replacen(
            " xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'",
            "",
            1,
        )
    } else {
        text.to_owned()
    }
}
