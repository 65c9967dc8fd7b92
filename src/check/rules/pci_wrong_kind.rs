//! A PCI device that its bus does not take.

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Device, Fix, Problem, Severity};

/// The rule, found by `topology::verdict::PciBuses::explain`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciWrongKind,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "a PCI device that its bus does not take",
    about: "A port takes an endpoint, a switch upstream port takes downstream ports, pcie-root takes \
              root ports and no bridges: each controller lists what may be plugged into it.",
    machine: "pc",
    wrong: "<controller type='pci' index='1' model='pci-expander-bus'/>
<controller type='pci' index='2' model='pci-expander-bus'><address type='pci' bus='0x01' slot='0x01'/></controller>",
    right: "<controller type='pci' index='1' model='pci-expander-bus'/>
<controller type='pci' index='2' model='pci-bridge'><address type='pci' bus='0x01' slot='0x01'/></controller>",
    mend: Some(mend),
};

/// A controller that nothing hangs on may as well go.
fn mend(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let mut fixes = mend::pci(evidence, problem);
    fixes.extend(mend::make_root_ports(evidence, problem));
    if mend::written(evidence, problem).all(|device| is_empty(evidence, device)) {
        fixes.extend(mend::remove(evidence, problem));
    }
    fixes
}

fn is_empty(evidence: &Evidence<'_>, device: &Device) -> bool {
    let Some(index) = device.controller().and_then(|controller| controller.index) else {
        return false;
    };
    evidence.assigned.devices.iter().all(|device| device.pci().is_none_or(|at| at.bus != index))
}
