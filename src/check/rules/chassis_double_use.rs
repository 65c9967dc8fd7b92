//! Two PCI Express ports of one chassis number.

use std::collections::HashMap;

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, ControllerIndex, ControllerKind, Device, PciModel, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ChassisDoubleUse,
    severity: Severity::Error,
    stage: Stage::Start(find),
    summary: "two PCI Express ports of one chassis number",
    about: "Hot-plug identifies ports by their chassis number. libvirt accepts a number twice; \
            QEMU refuses to start.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pcie-root-port'><target chassis='1' port='0x8'/><address type='pci' slot='0x01'/></controller>
<controller type='pci' index='2' model='pcie-root-port'><target chassis='1' port='0x10'/><address type='pci' slot='0x02'/></controller>",
    right: "<controller type='pci' index='1' model='pcie-root-port'><target chassis='1' port='0x8'/><address type='pci' slot='0x01'/></controller>
<controller type='pci' index='2' model='pcie-root-port'><target chassis='2' port='0x10'/><address type='pci' slot='0x02'/></controller>",
    fixes: Some(fixes::leave_target),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let mut known: HashMap<u32, &Device> = HashMap::new();
    for (device, controller) in evidence.controllers(ControllerKind::Pci) {
        let is_port = matches!(
            controller.pci_model(),
            Some(PciModel::PcieRootPort | PciModel::PcieSwitchDownstreamPort)
        );
        let Some(chassis) = controller.target.chassis.filter(|_| is_port) else { continue };
        let Some(first) = known.get(&chassis).copied() else {
            known.insert(chassis, device);
            continue;
        };
        let is_written = [device, first].iter().all(|port| writes_chassis(evidence, port));
        if index_of(device) == index_of(first) && !is_written {
            // Two controllers of one index share the number that follows from it.
            continue;
        }
        let (device, first) = if device.is_implied() { (first, device) } else { (device, first) };
        let mut problem = RULE
            .problem(format!("two ports have the chassis number {chassis}"))
            .quoting("QEMU: Can't add chassis slot, error -16")
            .helping("give one of them another number, or leave chassis= to libvirt");
        for port in [device, first] {
            if !port.is_implied() {
                problem = evidence.on_attribute(problem, port, ("target", "chassis"));
            }
        }
        found.push(problem);
    }
}

fn writes_chassis(evidence: &Evidence<'_>, port: &Device) -> bool {
    let target = evidence.element(port).and_then(|element| element.child("target"));
    target.is_some_and(|target| target.attribute("chassis").is_some())
}

fn index_of(device: &Device) -> Option<ControllerIndex> {
    device.controller()?.index
}
