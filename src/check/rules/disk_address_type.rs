//! A disk with an address that is not for its bus.

use crate::check::evidence::{Evidence, disks};
use crate::check::fixes;
use crate::check::rule::{Rule, Stage, quoted};
use crate::machine::disk_bus;
use crate::model::{AddressKind, Code, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::DiskAddressType,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a disk with an address that is not for its bus",
    about: "IDE, SATA, SCSI and floppy disks are on a controller and have drive addresses; USB \
            disks have usb addresses.",
    machine: "pc",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><address type='pci' slot='0x05'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>",
    fixes: Some(fixes::let_choose),
};

/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefDiskFrontend`; virtio disks are refused
/// earlier.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (device, disk) in disks(evidence.domain) {
        let Some(kind) = Evidence::kind(device) else { continue };
        let bus = disk_bus(disk);
        let wanted = match bus {
            "ide" | "fdc" | "scsi" | "sata" => AddressKind::Drive,
            "usb" => AddressKind::Usb,
            _ => continue,
        };
        if kind == wanted {
            continue;
        }
        let target = quoted(disk.target.as_deref().unwrap_or_default());
        let quote = if bus == "usb" {
            "internal error: unexpected address type for usb disk".to_owned()
        } else {
            format!(
                "unsupported configuration: Invalid address type '{}' for the disk {target} with \
                 the bus type '{bus}'",
                kind.as_str()
            )
        };
        let message =
            format!("disk {target} is on {bus}, and its address is for {}", kind.as_str());
        let problem = RULE
            .problem(message)
            .quoting(quote)
            .helping("remove the address, or give the disk the bus the address is for");
        found.push(evidence.on(problem, device));
    }
}
