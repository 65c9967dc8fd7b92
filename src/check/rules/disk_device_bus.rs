//! A CD-ROM or LUN on a bus that has none.

use crate::check::evidence::{Evidence, disks};
use crate::check::rule::{Rule, Stage, quoted};
use crate::machine::disk_bus;
use crate::model::{Code, Problem, Severity};
use crate::text::Printable;

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::DiskDeviceBus,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a CD-ROM or LUN on a bus that has none",
    about: "virtio and sd have no drives with removable media. A LUN is passed through to scsi only.",
    machine: "pc",
    wrong: "<disk type='file' device='cdrom'><source file='/a'/><target dev='vda' bus='virtio'/></disk>",
    right: "<disk type='file' device='cdrom'><source file='/a'/><target dev='sda' bus='sata'/></disk>",
    fixes: None,
};

/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefDiskFrontend`; every pair was asked of
/// libvirt 11.3.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (device, disk) in disks(evidence.domain) {
        let bus = disk_bus(disk);
        let (message, words) = match (disk.device.as_deref(), bus) {
            (Some("cdrom"), "virtio" | "sd") => {
                let target = Printable::new(disk.target.as_deref().unwrap_or_default());
                (
                    format!("a CD-ROM cannot be on bus {}", quoted(bus)),
                    format!("disk type of '{target}' does not support ejectable media"),
                )
            }
            (Some("lun"), "ide" | "sata" | "usb" | "xen" | "sd" | "nvme") => (
                format!("a LUN cannot be on bus {}", quoted(bus)),
                format!("disk device='lun' is not supported for bus={}", quoted(bus)),
            ),
            _ => continue,
        };
        let problem = RULE
            .problem(message)
            .quoting(format!("unsupported configuration: {words}"))
            .helping("choose a bus that has such drives: `set --bus`");
        found.push(evidence.on_attribute(problem, device, ("target", "bus")));
    }
}
