//! A drive unit that the controller does not have.

use crate::check::evidence::{DrivePlace, Evidence};
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::{Addressing, Coordinate};
use crate::model::{Code, ControllerKind, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::DriveNoPlace,
    severity: Severity::Error,
    stage: Stage::Start(find),
    summary: "a drive unit that the controller does not have",
    about: "libvirt accepts any unit; QEMU refuses to start: IDE has two channels of two \
            drives, SATA six ports, a floppy controller two drives, and each SCSI model its \
            own limits.",
    machine: "q35",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='7'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='5'/></disk>",
    fixes: Some(fixes::drive),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (device, place) in evidence.drive_places() {
        let DrivePlace { kind, model, drives, at } = place;
        let Some(coordinate) = drives.refused_by_qemu(at) else { continue };
        // Only SCSI models differ.
        let model = if kind == ControllerKind::Scsi { model } else { "" };
        let controller = [kind.as_str(), model].join(" ");
        let problem = RULE
            .problem(format!("{at}: a {} controller has no such place", controller.trim_end()))
            .quoting(format!("QEMU: {}", words(place, coordinate)))
            .helping("choose a unit the controller has, or remove the address");
        found.push(evidence.on(problem, device));
    }
}

/// QEMU's message about a number that is too high.
///
/// Source: QEMU `hw/core/bus.c`, `hw/ide/ide-dev.c: ide_dev_initfn`, `hw/scsi/scsi-bus.c:
/// scsi_bus_check_address`, `hw/block/fdc.c: floppy_drive_realize`.
fn words(DrivePlace { kind, drives, at, .. }: DrivePlace<'_>, coordinate: Coordinate) -> String {
    match (kind, coordinate) {
        (ControllerKind::Ide, Coordinate::Bus) => format!("Bus 'ide.{}' not found", at.bus),
        (ControllerKind::Ide, _) => {
            format!("Can't create IDE unit {}, bus supports only 2 units", at.unit)
        }
        (ControllerKind::Sata, _) => format!("Bus 'ide.{}' not found", at.unit),
        (ControllerKind::Scsi, _) => {
            let (id, lun) = drives.scsi_id(at.target, at.unit);
            let is_id =
                coordinate == Coordinate::Target || drives.addressing == Addressing::UnitIsScsiId;
            if is_id {
                format!("bad scsi device id: {id}")
            } else {
                format!("bad scsi device lun: {lun}")
            }
        }
        _ => format!("Can't create floppy unit {}, bus supports only 2 units", at.unit),
    }
}
