//! The place on a controller that follows from a disk's target name.
//!
//! Source: `domain_conf.c: virDomainDiskDefAssignAddress`.

use super::geometry::Drives;
use crate::model::address::DriveAddress;
use crate::model::{
    ControllerIndex, ControllerKind, nvme_target, target_index, target_letters, target_prefix,
};

/// Buses of a controller of this kind and units on each, as libvirt counts disks by name; it names
/// a place in this order of magnitude. SCSI counts as a narrow bus whatever the model: the
/// controller's own unit, 7, is left out.
fn counted(kind: ControllerKind) -> Option<(u32, u32)> {
    let drives = Drives::of(kind, None)?;
    Some((drives.buses, drives.units - u32::from(drives.own.is_some())))
}

/// The place of a target name on controllers of a kind; `None` if the name has no number, or if
/// drives of this kind are not placed by name.
pub fn disk_place(kind: ControllerKind, target: &str) -> Option<DriveAddress> {
    let index = target_index(target)?;
    if kind == ControllerKind::Nvme {
        let (controller, unit) = nvme_target(target).unwrap_or((0, index));
        let controller = ControllerIndex(controller);
        return Some(DriveAddress { controller, bus: 0, target: 0, unit });
    }
    let (buses, units) = counted(kind)?;
    Some(DriveAddress {
        controller: ControllerIndex(index / (buses * units)),
        bus: index / units % buses,
        target: 0,
        unit: index % units,
    })
}

/// The target name of a place, with the prefix of the disk's present name; `None` if no name has
/// that place, as on SCSI targets other than 0.
pub fn disk_name(kind: ControllerKind, at: DriveAddress, old: &str) -> Option<String> {
    if kind == ControllerKind::Nvme {
        let is_named = at.bus == 0 && at.target == 0;
        let namespace = at.unit.checked_add(1).filter(|_| is_named)?;
        return Some(format!("nvme{}n{namespace}", at.controller));
    }
    let (buses, units) = counted(kind)?;
    if at.target > 0 || at.bus >= buses || at.unit >= units {
        return None;
    }
    let before = at.controller.0.checked_mul(buses)?.checked_add(at.bus)?.checked_mul(units)?;
    let prefix = target_prefix(old)?;
    Some(format!("{prefix}{}", target_letters(before.checked_add(at.unit)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_name_stands_for_a_place() {
        let cases = [
            (ControllerKind::Ide, "hdd", "0:1:0:1"),
            (ControllerKind::Ide, "hde", "1:0:0:0"),
            (ControllerKind::Scsi, "sdg", "0:0:0:6"),
            (ControllerKind::Scsi, "sdh", "1:0:0:0"),
            (ControllerKind::Scsi, "nvme0n2", "0:0:0:1"),
            (ControllerKind::Sata, "sdl", "1:0:0:5"),
            (ControllerKind::Fdc, "fdb", "0:0:0:1"),
            (ControllerKind::Nvme, "nvme2n5", "2:0:0:4"),
            (ControllerKind::Nvme, "sdc", "0:0:0:2"),
        ];
        for (kind, target, want) in cases {
            let place = disk_place(kind, target).unwrap();
            assert_eq!(place.to_string(), want, "{kind:?} {target}");
        }
        assert_eq!(disk_place(ControllerKind::Usb, "sda"), None);
        assert_eq!(disk_place(ControllerKind::Nvme, "nvme0n0"), None);
    }
}
