//! Disks of one controller whose names are not in the order of their units.

use std::collections::BTreeMap;

use crate::check::evidence::{Evidence, disks};
use crate::check::fixes;
use crate::check::rule::{Rule, Stage, quoted};
use crate::machine::{DiskBus, disk_bus};
use crate::model::address::DriveAddress;
use crate::model::{
    Address, Change, Code, ControllerIndex, ControllerKind, Device, Fix, Problem, Severity,
};
use crate::topology::drive_kind;

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::TargetOrder,
    severity: Severity::Note,
    stage: Stage::Check(find),
    summary: "disks of one controller whose names are not in the order of their units",
    about: "The guest numbers disks by unit: a disk that is sdb in the XML can be sda in the \
            guest.",
    machine: "q35",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='1'/></disk>
<disk type='file' device='disk'><source file='/b'/><target dev='sdb' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>
<disk type='file' device='disk'><source file='/b'/><target dev='sdb' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='1'/></disk>",
    fixes: Some(find_fixes),
};

/// A controller: its kind, its index.
type Key = (ControllerKind, ControllerIndex);

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let mut controllers: BTreeMap<Key, Vec<(DriveAddress, &Device, &str)>> = BTreeMap::new();
    for (device, disk) in disks(evidence.domain) {
        // A guest numbers CD-ROMs and floppies on their own.
        let is_drive = matches!(disk.device.as_deref(), Some("cdrom" | "floppy"));
        let prefix = DiskBus::prefix_of(disk_bus(disk));
        if is_drive || !disk.target.as_deref().is_some_and(|name| name.starts_with(prefix)) {
            continue;
        }
        let place = drive_kind(disk).zip(device.address().and_then(Address::drive));
        let (Some((kind, at)), Some(target)) = (place, disk.target.as_deref()) else { continue };
        controllers.entry((kind, at.controller)).or_default().push((at, device, target));
    }
    for ((kind, index), mut disks) in controllers {
        disks.sort_by_key(|(at, ..)| *at);
        // Shorter names come first: sdz before sdaa.
        let swapped = disks.windows(2).find(|pair| match pair {
            [(one, _, a), (other, _, b)] => one != other && (a.len(), a) > (b.len(), b),
            _ => false,
        });
        let Some([(_, one, a), (_, other, b)]) = swapped else { continue };
        let problem = RULE
            .problem(format!(
                "on {} {index} {} comes before {}",
                kind.as_str(),
                quoted(a),
                quoted(b)
            ))
            .helping("swap their units, or identify disks by serial in the guest");
        found.push(evidence.on(evidence.on(problem, one), other));
    }
}

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let devices: Vec<&Device> = fixes::written(evidence, problem).collect();
    let [one, other] = devices.as_slice() else { return Vec::new() };
    let (Some(here), Some(there)) = (one.address(), other.address()) else { return Vec::new() };
    let swap = Change::Batch(vec![
        Change::Move { device: one.key(), to: there.clone() },
        Change::Move { device: other.key(), to: here.clone() },
    ]);
    let title = format!("swap the places of {} and {}", fixes::name(one), fixes::name(other));
    vec![Fix::new(title, swap)]
}
