//! A conventional PCI device in a PCI Express port.

use std::collections::HashSet;

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::{Connect, is_express};
use crate::model::{
    Code, ControllerIndex, ControllerKind, Device, DeviceClass, Fix, PciModel, Problem, Severity,
};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciInExpressPort,
    severity: Severity::Warning,
    stage: Stage::Check(find),
    summary: "a conventional PCI device in a PCI Express port",
    about: "QEMU accepts it, but no such card exists; guests may not support its interrupts or \
            its hot-plug, and libvirt never chooses such a place.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pcie-root-port'/>
<interface type='user'><model type='e1000'/><address type='pci' bus='0x01' slot='0x00'/></interface>",
    right: "<controller type='pci' index='1' model='pcie-root-port'/>
<interface type='user'><model type='e1000e'/><address type='pci' bus='0x01' slot='0x00'/></interface>",
    fixes: Some(find_fixes),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let ports: HashSet<ControllerIndex> = evidence
        .controllers(ControllerKind::Pci)
        .filter(|(_, controller)| {
            matches!(
                controller.pci_model(),
                Some(PciModel::PcieRootPort | PciModel::PcieSwitchDownstreamPort)
            )
        })
        .filter_map(|(_, controller)| controller.index)
        .collect();
    let conventional = evidence.pairs().filter(|(written, device)| {
        let is_there = written.pci().is_some_and(|at| ports.contains(&at.bus));
        let need = evidence.need(device).filter(|_| is_there);
        need.is_some_and(|need| need.kind == Connect::PCI)
            && device.class() != DeviceClass::Hostdev
            && !is_express(device)
    });
    let conventional: Vec<&Device> = conventional.map(|(written, _)| written).collect();
    let message = match conventional.as_slice() {
        [] => return,
        [one] => {
            let at = one.pci().unwrap_or_default();
            format!("{at} is a PCI Express port, {} is conventional", one.title())
        }
        [..] => format!("{} conventional devices are in PCI Express ports", conventional.len()),
    };
    let problem = RULE
        .problem(message)
        .helping("put it behind a pcie-to-pci-bridge, or choose a PCI Express model");
    let problem = conventional.into_iter().fold(problem, |told, one| evidence.on(told, one));
    found.push(problem);
}

/// Moves a single device; lets libvirt place several.
fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    if let [_] = problem.devices.as_slice() {
        return fixes::pci(evidence, problem);
    }
    vec![fixes::let_choose_all(evidence, problem)]
}
