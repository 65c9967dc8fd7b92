//! An unassigned address on a device that is no host device.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{AddressKind, Code, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::AddressUnassigned,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "an unassigned address on a device that is no host device",
    about: "Only a host device can be kept from the guest with type='unassigned'.",
    machine: "pc",
    wrong: "<sound model='ac97'><address type='unassigned'/></sound>",
    right: "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0x5e' slot='0' function='0x0'/></source><address type='unassigned'/></hostdev>",
    fixes: Some(fixes::let_choose),
};

/// Source: `qemu_validate.c: qemuValidateDomainDeviceInfo`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for device in &evidence.domain.devices {
        let is_host = matches!(device.class(), DeviceClass::Hostdev);
        // libvirt replaces such an address of a hub and of a virtio channel by a port.
        let is_replaced = match device.class() {
            DeviceClass::Hub => true,
            DeviceClass::Channel => device.variant() == Some("virtio"),
            _ => false,
        };
        // The bus of a disk decides about its kind of address: another rule.
        let is_disk = matches!(device.class(), DeviceClass::Disk);
        if Evidence::kind(device) == Some(AddressKind::Unassigned)
            && !is_host
            && !is_disk
            && !is_replaced
        {
            let problem = RULE
                .problem(format!("{} cannot be left unassigned", device.title()))
                .quoting(
                    "unsupported configuration: address of type 'unassigned' is supported only for \
                     hostdevs",
                )
                .helping("remove the address, or the device");
            found.push(evidence.on(problem, device));
        }
    }
}
