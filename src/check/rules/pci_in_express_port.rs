//! A conventional PCI device in a PCI Express port.

use std::collections::HashSet;

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::Rule;
use crate::machine::Connect;
use crate::model::{ControllerKind, DeviceClass, PciModel, Problem, Severity};

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "pci-in-express-port",
    severity: Severity::Warning,
    at_start: false,
    summary: "a conventional PCI device in a PCI Express port",
    about: "QEMU takes it, but no such card exists; guests may refuse its interrupts or its hot-plug, \
              and libvirt would never put it there by itself.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pcie-root-port'/>
<interface type='user'><model type='e1000'/><address type='pci' bus='0x01' slot='0x00'/></interface>",
    right: "<controller type='pci' index='1' model='pcie-root-port'/>
<interface type='user'><model type='e1000e'/><address type='pci' bus='0x01' slot='0x00'/></interface>",
    find: Some(find),
    mend: Some(mend::pci),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let ports: HashSet<u32> = evidence
        .controllers(ControllerKind::Pci)
        .filter(|(_, controller)| {
            matches!(
                controller.pci_model(),
                Some(PciModel::PcieRootPort | PciModel::PcieSwitchDownstreamPort)
            )
        })
        .filter_map(|(_, controller)| Some(controller.index?.0))
        .collect();
    for (written, device) in evidence.pairs() {
        let Some(at) = written.pci().filter(|at| ports.contains(&at.bus.0)) else { continue };
        let is_conventional = evidence.need(device).is_some_and(|need| need.kind == Connect::PCI);
        if is_conventional && device.class() != DeviceClass::Hostdev {
            let problem = RULE
                .problem(format!("{at} is a PCI Express port, {} is conventional", device.title()))
                .helping("put it behind a pcie-to-pci-bridge, or choose a PCI Express model");
            found.push(evidence.on(problem, written));
        }
    }
}
