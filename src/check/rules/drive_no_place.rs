//! A drive unit that the controller does not have.

use crate::check::evidence::{Evidence, disks};
use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::{Address, ControllerKind, Problem, Severity};
use crate::topology::drive_kind;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "drive-no-place",
    severity: Severity::Error,
    at_start: true,
    summary: "a drive unit that the controller does not have",
    about: "libvirt writes any unit; QEMU refuses to start: IDE has two channels of two drives, SATA six \
              ports, a floppy controller two drives, and each SCSI model its own limits.",
    machine: "q35",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='7'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='5'/></disk>",
    find: Some(find),
    mend: Some(mend::drive),
};

/// Controller kind, model (`*`: any other), highest bus, target and unit.
///
/// Source: QEMU `hw/ide/piix.c`, `hw/ide/ich.c` (six ports), `hw/block/fdc.c`, and `max_target` and
/// `max_lun` in `hw/scsi/*.c`; on lsilogic the unit is the SCSI id.
const LAST: &[(ControllerKind, &str, u32, u32, u32)] = &[
    (ControllerKind::Ide, "*", 1, 0, 1),
    (ControllerKind::Fdc, "*", 0, 0, 1),
    (ControllerKind::Sata, "*", 0, 0, 5),
    (ControllerKind::Scsi, "lsilogic", 0, 0, 7),
    (ControllerKind::Scsi, "virtio-scsi", 0, 255, 16383),
    (ControllerKind::Scsi, "virtio-transitional", 0, 255, 16383),
    (ControllerKind::Scsi, "virtio-non-transitional", 0, 255, 16383),
    (ControllerKind::Scsi, "lsisas1068", 0, 8, 1),
    (ControllerKind::Scsi, "lsisas1078", 0, 64, 255),
    (ControllerKind::Scsi, "vmpvscsi", 0, 64, 0),
    (ControllerKind::Scsi, "ibmvscsi", 0, 63, 31),
];

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (device, disk) in disks(evidence.assigned) {
        let place = drive_kind(disk).zip(device.value().and_then(Address::drive));
        let Some((kind, at)) = place else { continue };
        let model = match kind {
            ControllerKind::Scsi => evidence.model_of(kind, at.controller).unwrap_or_default(),
            _ => "",
        };
        let row = LAST.iter().find(|row| row.0 == kind && (row.1 == "*" || row.1 == model));
        let Some((_, _, bus, target, unit)) = row.copied() else { continue };
        // Another bus or target than 0 is refused earlier, where there is but one.
        let over = (bus > 0 && at.bus > bus) || (target > 0 && at.target > target);
        if !over && at.unit <= unit {
            continue;
        }
        let what = match (kind, at.bus > bus) {
            (ControllerKind::Ide, true) => format!("Bus 'ide.{}' not found", at.bus),
            (ControllerKind::Ide, false) => {
                format!("Can't create IDE unit {}, bus supports only 2 units", at.unit)
            }
            (ControllerKind::Sata, _) => format!("Bus 'ide.{}' not found", at.unit),
            (ControllerKind::Scsi, _) => {
                if at.target > target { "bad scsi device id: " } else { "bad scsi device lun: " }
                    .to_owned()
                    + &if at.target > target { at.target } else { at.unit }.to_string()
            }
            _ => format!("Can't create floppy unit {}, bus supports only 2 units", at.unit),
        };
        let word = kind.word();
        let controller = [word, model].join(" ");
        let problem = RULE
            .problem(format!("{at}: a {} controller has no such place", controller.trim_end()))
            .quoting(format!("QEMU: {what}"))
            .helping("choose a unit the controller has, or remove the address");
        found.push(evidence.on(problem, device));
    }
}
