//! The smallest document a running guest can be described in: its machine and nothing else. What
//! else there is gets adopted into it.

use super::elements::driver;
use super::facts::{Facts, LiveBusKind, LiveDevice, Seat};
use crate::machine::PciId;
use crate::text::Printable;

/// Host bridges, and the machine, architecture and root controller they stand for.
const HOSTS: &[(PciId, &str, &str, &str)] = &[
    (PciId { vendor: 0x8086, device: 0x1237 }, "x86_64", "pc", "pci-root"),
    (PciId { vendor: 0x8086, device: 0x29c0 }, "x86_64", "q35", "pcie-root"),
    (PciId { vendor: 0x1b36, device: 0x0008 }, "aarch64", "virt", "pcie-root"),
];

/// Buses that only one machine has.
const BUSES: &[(LiveBusKind, &str, &str)] =
    &[(LiveBusKind::Ccw, "s390x", "s390-ccw-virtio"), (LiveBusKind::Vio, "ppc64", "pseries")];
/// Architectures on which libvirt knows ACPI.
const WITH_ACPI: &[&str] = &["x86_64", "i686", "aarch64"];

/// A domain with the machine of the guest, to adopt its devices into.
///
/// Memory and processors are what the guest has where the monitor told them.
pub fn skeleton(facts: &Facts) -> String {
    let host = facts.main_root().and_then(|root| {
        let first = facts.devices.iter().find(|device| {
            device.bus == Some(root)
                && matches!(device.seat, Seat::Pci(slot, f) if slot.get() == 0 && f.get() == 0)
        });
        let id = first?.pci.as_ref()?.id?;
        HOSTS.iter().find(|row| row.0 == id)
    });
    let none = PciId { vendor: 0, device: 0 };
    let by_bus = BUSES.iter().find(|row| facts.buses.iter().any(|bus| bus.kind == row.0));
    let by_bus = by_bus.map(|row| (none, row.1, row.2, "pci-root"));
    let (_, arch, machine, root) =
        host.copied().or(by_bus).unwrap_or((none, "x86_64", "pc", "pci-root"));
    let word =
        |text: &str| Printable::new(text).to_string().replace(['<', '>', '&', '\'', '"'], "");
    let arch = facts.arch.as_deref().map_or_else(|| arch.to_owned(), word);
    let machine = facts.machine.as_deref().map_or_else(|| machine.to_owned(), word);
    let name = facts.name.as_deref().map_or_else(|| "live".to_owned(), word);
    let memory = facts.memory.unwrap_or(256 << 20) >> 10;
    let processors = facts.processors.unwrap_or(1);
    let seated = || facts.devices.iter().filter(|device| device.seat != Seat::None);
    let has = |test: &dyn Fn(&LiveDevice) -> bool| seated().any(test);
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
    let floppy = has(&|device| driver(device) == Some("floppy"));
    let floppy = if floppy { "    <controller type='fdc' index='0'/>\n" } else { "" };
    let balloon = has(&|device| driver(device).is_some_and(|d| d.starts_with("virtio-balloon")));
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
pub fn without_empty_arguments(text: &str) -> String {
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
