//! Two disks at one drive address.

use std::collections::HashMap;

use crate::check::evidence::{Evidence, disks};
use crate::check::fixes;
use crate::check::rule::{Rule, Stage, quoted};
use crate::model::address::DriveAddress;
use crate::model::{Address, Code, ControllerKind, Device, Kind, Problem, Severity};
use crate::topology::drive_kind;

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::DriveDoubleUse,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "two disks at one drive address",
    about: "A unit of a controller holds one disk. Disks without an address get the place of \
            their name, so a written address can conflict with a name.",
    machine: "pc",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='1'/></disk>
<disk type='file' device='disk'><source file='/b'/><target dev='sdb' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='1'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='1'/></disk>
<disk type='file' device='disk'><source file='/b'/><target dev='sdb' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='2'/></disk>",
    fixes: Some(fixes::drive),
};

/// Source: `domain_validate.c: virDomainDefDuplicateDriveAddressesValidate`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let mut known: HashMap<(ControllerKind, DriveAddress), &Device> = HashMap::new();
    for (device, disk) in disks(evidence.assigned) {
        let place = drive_kind(disk).zip(device.address().and_then(Address::drive));
        let Some((kind, at)) = place else { continue };
        let Some(first) = known.get(&(kind, at)).copied() else {
            known.insert((kind, at), device);
            continue;
        };
        let DriveAddress { controller, bus, target, unit } = at;
        let name = match &first.kind {
            Kind::Disk(disk) => disk.target.as_deref().unwrap_or_default(),
            _ => "",
        };
        let message = format!("{} {at} has two disks", kind.as_str());
        let problem = RULE
            .problem(message)
            .quoting(format!(
                "unsupported configuration: Found duplicate drive address for disk with target \
                 name {} controller='{controller}' bus='{bus}' target='{target}' unit='{unit}'",
                quoted(name)
            ))
            .helping("give one of them a free unit, or remove its address");
        found.push(evidence.on(evidence.on(problem, device), first));
    }
}
