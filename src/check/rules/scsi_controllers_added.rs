//! A SCSI controller index that makes libvirt add others.

use std::collections::HashSet;

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::address::DriveAddress;
use crate::model::{
    Address, Change, Code, ControllerIndex, ControllerKind, Device, Fix, Kind, Problem, Severity,
};
use crate::topology::drive_kind;

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ScsiControllersAdded,
    severity: Severity::Warning,
    stage: Stage::Check(find),
    summary: "a SCSI controller index that makes libvirt add others",
    about: "libvirt adds every SCSI controller from 0 to the index that an address names. \
            Those in between stay empty, and on a PC they are lsilogic.",
    machine: "q35",
    wrong: "<controller type='scsi' index='0' model='virtio-scsi'/>
<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='scsi'/><address type='drive' controller='5' bus='0' target='0' unit='0'/></disk>",
    right: "<controller type='scsi' index='0' model='virtio-scsi'/>
<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='scsi'/><address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>",
    fixes: Some(find_fixes),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let added: HashSet<ControllerIndex> = evidence
        .controllers(ControllerKind::Scsi)
        .filter(|(device, _)| device.is_implied())
        .filter_map(|(_, controller)| controller.index)
        .collect();
    if added.is_empty() {
        return;
    }
    let place = |device: &Device| {
        let is_scsi = match &device.kind {
            Kind::Disk(disk) => drive_kind(disk) == Some(ControllerKind::Scsi),
            Kind::Hostdev(hostdev) => hostdev.backend.as_deref() == Some("scsi"),
            _ => false,
        };
        device.address().and_then(Address::drive).filter(|_| is_scsi)
    };
    let used: HashSet<ControllerIndex> = evidence
        .assigned
        .devices
        .iter()
        .filter_map(|device| Some(place(device)?.controller))
        .collect();
    let empty = added.iter().filter(|index| !used.contains(index)).count();
    let furthest = evidence
        .domain
        .devices
        .iter()
        .filter_map(|device| Some((place(device)?.controller, device)))
        .filter(|(controller, _)| added.contains(controller))
        .max_by_key(|(controller, _)| *controller);
    let told = furthest
        .as_ref()
        .is_some_and(|(_, device)| evidence.was_reported(Code::ManyControllers, device.key()));
    if let Some((controller, device)) = furthest.filter(|_| empty > 0 && !told) {
        let problem = RULE
            .problem(format!(
                "there is no SCSI controller {controller}: libvirt adds it and {empty} more that \
                 stay empty"
            ))
            .helping("name an existing controller, or the next one");
        found.push(evidence.on(problem, device));
    }
}

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let lowest = evidence
        .domain
        .controllers()
        .filter(|(_, controller)| controller.kind == ControllerKind::Scsi)
        .filter_map(|(_, controller)| controller.index)
        .min();
    let on_first = fixes::written(evidence, problem).filter_map(|device| {
        let at = DriveAddress { controller: lowest?, ..device.address()?.drive()? };
        let title = format!("move {} to {at}", fixes::name(device));
        Some(Fix::new(title, Change::Move { device: device.key(), to: Address::Drive(at) }))
    });
    on_first.chain(fixes::let_choose(evidence, problem)).collect()
}
