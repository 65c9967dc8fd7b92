//! A drive address that libvirt refuses for its kind of controller.

use crate::check::evidence::{DrivePlace, Evidence};
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::Coordinate;
use crate::model::{Code, ControllerKind, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::DriveOutOfRange,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a drive address that libvirt refuses for its kind of controller",
    about: "SCSI, SATA and floppy controllers have one bus; only SCSI has targets, and \
            lsilogic does not; IDE and floppy have one controller.",
    machine: "pc",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><address type='drive' controller='0' bus='0' target='1' unit='0'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='1'/></disk>",
    fixes: Some(fixes::drive),
};

type ZeroRow = (ControllerKind, Coordinate, &'static str, &'static str);

/// Kind of controller, the number that is not 0, what is wrong, and libvirt's words for it.
///
/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefAddressDrive`.
const WORDS: &[ZeroRow] = &[
    (
        ControllerKind::Scsi,
        Coordinate::Bus,
        "a SCSI controller has one bus, 0",
        "internal error: SCSI controller only supports 1 bus",
    ),
    (
        ControllerKind::Scsi,
        Coordinate::Target,
        "an lsilogic controller has one target, 0",
        "unsupported configuration: target must be 0 for controller model 'lsilogic'",
    ),
    (
        ControllerKind::Ide,
        Coordinate::Controller,
        "there is one IDE controller, 0",
        "internal error: Only 1 IDE controller is supported",
    ),
    (
        ControllerKind::Ide,
        Coordinate::Target,
        "an IDE controller has one target, 0",
        "unsupported configuration: target must be 0 for ide controller",
    ),
    (
        ControllerKind::Fdc,
        Coordinate::Controller,
        "there is one floppy controller, 0",
        "internal error: Only 1 fdc controller is supported",
    ),
    (
        ControllerKind::Fdc,
        Coordinate::Bus,
        "a floppy controller has one bus, 0",
        "internal error: Only 1 fdc bus is supported",
    ),
    (
        ControllerKind::Fdc,
        Coordinate::Target,
        "a floppy controller has one target, 0",
        "unsupported configuration: target must be 0 for controller fdc",
    ),
    (
        ControllerKind::Sata,
        Coordinate::Bus,
        "a SATA controller has one bus, 0",
        "unsupported configuration: bus must be 0 for sata controller",
    ),
    (
        ControllerKind::Sata,
        Coordinate::Target,
        "a SATA controller has one target, 0",
        "unsupported configuration: target must be 0 for sata controller",
    ),
];

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (device, DrivePlace { kind, drives, at, .. }) in evidence.drive_places() {
        let Some(coordinate) = drives.refused_by_libvirt(at) else { continue };
        let row = WORDS.iter().find(|row| (row.0, row.1) == (kind, coordinate));
        let Some((_, _, what, words)) = row else { continue };
        let problem = RULE
            .problem(format!("{at}: {what}"))
            .quoting(*words)
            .helping("choose a place the controller has, or remove the address");
        found.push(evidence.on(problem, device));
    }
}
