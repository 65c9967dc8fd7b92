//! Disks, NICs or host devices on a bus without hot-plug.

use std::collections::{BTreeMap, HashMap};

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::BusRules;
use crate::model::{
    Code, ControllerIndex, ControllerKind, DeviceClass, Fix, PciModel, Problem, Severity,
};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::NoHotplug,
    severity: Severity::Note,
    stage: Stage::Check(find),
    summary: "disks, NICs or host devices on a bus without hot-plug",
    about: "Devices on pcie-root, on a dmi-to-pci-bridge or in a port with hotplug=off cannot \
            be unplugged while the guest runs.",
    machine: "q35",
    wrong: "<interface type='user'><model type='virtio'/><address type='pci' bus='0x00' slot='0x05'/></interface>",
    right: "<controller type='pci' index='1' model='pcie-root-port'/>
<interface type='user'><model type='virtio'/><address type='pci' bus='0x01' slot='0x00'/></interface>",
    fixes: Some(find_fixes),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let fixed: HashMap<ControllerIndex, PciModel> = evidence
        .controllers(ControllerKind::Pci)
        .filter_map(|(_, controller)| {
            let model = controller.pci_model()?;
            let hotplug = BusRules::of(model, controller.target.hotplug).hotplug;
            (!hotplug).then_some((controller.index?, model))
        })
        .collect();
    let mut by_bus: BTreeMap<ControllerIndex, Problem> = BTreeMap::new();
    for device in &evidence.domain.devices {
        let is_plugged = matches!(
            device.class(),
            DeviceClass::Disk | DeviceClass::Interface | DeviceClass::Hostdev
        );
        let Some(at) = device.pci().filter(|_| is_plugged) else { continue };
        let Some(model) = fixed.get(&at.bus) else { continue };
        let problem = by_bus.remove(&at.bus).unwrap_or_else(|| {
            RULE.problem(format!("devices on {model} {} cannot be unplugged", at.bus))
                .helping("use a pcie-root-port for devices that may have to be unplugged")
        });
        by_bus.insert(at.bus, evidence.on(problem, device));
    }
    found.extend(by_bus.into_values());
}

/// Removes the addresses: libvirt then chooses empty ports.
fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    vec![fixes::let_choose_all(evidence, problem)]
}
