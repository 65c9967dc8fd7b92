//! Which place on a controller the name of a disk stands for.
//!
//! Source: `domain_conf.c: virDomainDiskDefAssignAddress`.

use crate::model::address::DriveAddress;
use crate::model::{ControllerKind, target_letters, target_prefix};

/// Kind of controller, its buses, and the units on each; libvirt names a disk's place in this order
/// of magnitude. SCSI counts as narrow: QEMU's own unit, 7, is left out.
const SHAPES: &[(ControllerKind, u32, u32)] = &[
    (ControllerKind::Ide, 2, 2),
    (ControllerKind::Scsi, 1, 7),
    (ControllerKind::Sata, 1, 6),
    (ControllerKind::Fdc, 1, 2),
];

/// The place the `index`th disk of a kind has, counted from 0.
pub fn disk_place(kind: ControllerKind, index: u32) -> Option<DriveAddress> {
    let (_, buses, units) = SHAPES.iter().find(|row| row.0 == kind)?;
    Some(DriveAddress {
        controller: index / (buses * units),
        bus: index / units % buses,
        target: 0,
        unit: index % units,
    })
}

/// The target name that stands for a place, with the prefix of the name the disk has; `None` where no
/// name does, such as on SCSI targets other than 0.
pub fn disk_name(kind: ControllerKind, at: DriveAddress, old: &str) -> Option<String> {
    let (_, buses, units) = SHAPES.iter().find(|row| row.0 == kind)?;
    if at.target > 0 || at.bus >= *buses || at.unit >= *units {
        return None;
    }
    let before = at.controller.checked_mul(*buses)?.checked_add(at.bus)?.checked_mul(*units)?;
    let prefix = target_prefix(old)?;
    Some(format!("{prefix}{}", target_letters(before.checked_add(at.unit)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_name_stands_for_a_place() {
        let cases = [
            (ControllerKind::Ide, 3, "0:1:0:1"),
            (ControllerKind::Ide, 4, "1:0:0:0"),
            (ControllerKind::Scsi, 6, "0:0:0:6"),
            (ControllerKind::Scsi, 7, "1:0:0:0"),
            (ControllerKind::Sata, 11, "1:0:0:5"),
            (ControllerKind::Fdc, 1, "0:0:0:1"),
        ];
        for (kind, index, want) in cases {
            assert_eq!(disk_place(kind, index).unwrap().to_string(), want, "{kind:?} {index}");
        }
        assert_eq!(disk_place(ControllerKind::Usb, 0), None);
    }
}
