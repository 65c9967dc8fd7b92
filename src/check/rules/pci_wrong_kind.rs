//! A PCI device that its bus does not accept.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Device, Fix, Problem, Severity};

/// Found by `topology::verdict::PciBuses::explain`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciWrongKind,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "a PCI device that its bus does not accept",
    about: "A port accepts an endpoint, a switch upstream port accepts downstream ports, \
            pcie-root accepts root ports and no bridges: each controller lists what can be \
            plugged into it.",
    machine: "pc",
    wrong: "<controller type='pci' index='1' model='pci-expander-bus'/>
<controller type='pci' index='2' model='pci-expander-bus'><address type='pci' bus='0x01' slot='0x01'/></controller>",
    right: "<controller type='pci' index='1' model='pci-expander-bus'/>
<controller type='pci' index='2' model='pci-bridge'><address type='pci' bus='0x01' slot='0x01'/></controller>",
    fixes: Some(find_fixes),
};

/// Offers to remove a controller without devices too.
fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let mut fixes = fixes::pci(evidence, problem);
    fixes.extend(fixes::make_root_ports(evidence, problem));
    if fixes::written(evidence, problem).all(|device| is_empty(evidence, device)) {
        fixes.extend(fixes::remove(evidence, problem));
    }
    fixes
}

fn is_empty(evidence: &Evidence<'_>, device: &Device) -> bool {
    let Some(index) = device.controller().and_then(|controller| controller.index) else {
        return false;
    };
    evidence.assigned.devices.iter().all(|device| device.pci().is_none_or(|at| at.bus != index))
}
