//! No place for a PCI device that is plugged while the guest runs.

use std::collections::HashSet;

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::BusRules;
use crate::model::{
    Code, ControllerIndex, ControllerKind, Device, DeviceClass, Fix, Problem, Severity,
};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::NoSparePort,
    severity: Severity::Note,
    stage: Stage::Check(find),
    summary: "no place for a PCI device that is plugged while the guest runs",
    about: "A PCI Express guest accepts new devices at empty ports only, and ports cannot be \
            added while it runs: attach-device answers No more available PCI slots.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pcie-root-port'/>
<controller type='usb' index='0' model='none'/>
<interface type='user'><model type='virtio'/></interface>
<memballoon model='none'/>",
    right: "<controller type='pci' index='1' model='pcie-root-port'/>
<controller type='pci' index='2' model='pcie-root-port'/>
<controller type='usb' index='0' model='none'/>
<interface type='user'><model type='virtio'/></interface>
<memballoon model='none'/>",
    fixes: Some(find_fixes),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    // If an address is refused, the free places are not known.
    if !evidence.is_express() || !evidence.refusals.is_empty() {
        return;
    }
    // A guest without disks and NICs on PCI needs no place for more.
    let is_plugged = |device: &Device| {
        matches!(device.class(), DeviceClass::Disk | DeviceClass::Interface | DeviceClass::Hostdev)
            && device.pci().is_some()
    };
    if !evidence.assigned.devices.iter().any(is_plugged) {
        return;
    }
    let taken: HashSet<ControllerIndex> =
        evidence.assigned.devices.iter().filter_map(|device| Some(device.pci()?.bus)).collect();
    let has_room = evidence.controllers(ControllerKind::Pci).any(|(_, controller)| {
        let (Some(model), Some(index)) = (controller.pci_model(), controller.index) else {
            return false;
        };
        let rules = BusRules::of(model, controller.target.hotplug);
        // A bridge has 31 slots, which no guest in practice fills.
        rules.hotplug && (rules.last > rules.first || !taken.contains(&index))
    });
    if !has_room {
        let problem = RULE
            .problem("no free port for a device that is plugged while the guest runs")
            .helping("add a pcie-root-port or two");
        found.push(problem.at(evidence.whole()));
    }
}

fn find_fixes(evidence: &Evidence<'_>, _: &Problem) -> Vec<Fix> {
    let index = fixes::free_index(evidence, ControllerKind::Pci);
    vec![fixes::add_controller(ControllerKind::Pci, index, Some("pcie-root-port"))]
}
