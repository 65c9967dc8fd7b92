//! Which place on a controller the name of a disk stands for.
//!
//! Source: `domain_conf.c: virDomainDiskDefAssignAddress`.

use super::catalogue::Drives;
use crate::model::address::DriveAddress;
use crate::model::{ControllerKind, target_letters, target_prefix};

/// Buses of a controller of this kind and units on each, as libvirt counts disks by name; it names a
/// place in this order of magnitude. SCSI counts as a narrow bus whatever the model: the controller's
/// own unit, 7, is left out.
fn counted(kind: ControllerKind) -> Option<(u32, u32)> {
    let drives = Drives::of(kind, None)?;
    Some((drives.buses, drives.units - u32::from(drives.own.is_some())))
}

/// The place the `index`th disk of a kind has, counted from 0.
pub fn disk_place(kind: ControllerKind, index: u32) -> Option<DriveAddress> {
    let (buses, units) = counted(kind)?;
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
    let (buses, units) = counted(kind)?;
    if at.target > 0 || at.bus >= buses || at.unit >= units {
        return None;
    }
    let before = at.controller.checked_mul(buses)?.checked_add(at.bus)?.checked_mul(units)?;
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
