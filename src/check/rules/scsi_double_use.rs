//! A SCSI host device on a place that is taken.

use std::collections::HashMap;

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::address::DriveAddress;
use crate::model::{Address, Code, Device, Kind, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ScsiDoubleUse,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a SCSI host device on a place that is taken",
    about: "SCSI host devices share the units of a SCSI controller with its disks.",
    machine: "pc",
    wrong: "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host1'/><address bus='0' target='0' unit='0'/></source><address type='drive' controller='0' bus='0' target='0' unit='1'/></hostdev>
<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host2'/><address bus='0' target='0' unit='0'/></source><address type='drive' controller='0' bus='0' target='0' unit='1'/></hostdev>",
    right: "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host1'/><address bus='0' target='0' unit='0'/></source><address type='drive' controller='0' bus='0' target='0' unit='1'/></hostdev>
<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host2'/><address bus='0' target='0' unit='0'/></source><address type='drive' controller='0' bus='0' target='0' unit='2'/></hostdev>",
    fixes: Some(fixes::drive),
};

/// Two host devices; a disk and a host device meet while addresses are chosen.
///
/// `domain_validate.c: virDomainDefDuplicateDriveAddressesValidate`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let mut known: HashMap<DriveAddress, &Device> = HashMap::new();
    for device in &evidence.assigned.devices {
        let Kind::Hostdev(hostdev) = &device.kind else { continue };
        let at = device.address().and_then(Address::drive);
        let Some(at) = at.filter(|_| hostdev.backend.as_deref() == Some("scsi")) else { continue };
        let Some(first) = known.get(&at).copied() else {
            known.insert(at, device);
            continue;
        };
        let DriveAddress { controller, bus, target, unit } = at;
        let problem = RULE
            .problem(format!("{at} has two SCSI host devices"))
            // libvirt prints bus and controller in each other's place.
            .quoting(format!(
                "unsupported configuration: SCSI host address controller='{bus}' \
                 bus='{controller}' target='{target}' unit='{unit}' in use by another SCSI host \
                 device"
            ))
            .helping("give one of them a free unit, or remove its address");
        found.push(evidence.on(evidence.on(problem, device), first));
    }
}
