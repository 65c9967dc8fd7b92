//! A PCI domain other than 0.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Fix, Part, Problem, Severity};

/// Found by `topology::verdict::PciBuses::explain`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciDomain,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "a PCI domain other than 0",
    about: "QEMU guests of libvirt have one PCI domain. Host devices may be in others; that \
            belongs into their <source>.",
    machine: "pc",
    wrong: "<interface type='user'><model type='virtio'/><address type='pci' domain='0x0001' slot='0x05'/></interface>",
    right: "<interface type='user'><model type='virtio'/><address type='pci' domain='0x0000' slot='0x05'/></interface>",
    fixes: Some(find_fixes),
};

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let address = Part::Child("address");
    let zero = fixes::written(evidence, problem).map(|device| {
        let title = format!("put {} into domain 0", fixes::name(device));
        Fix::new(title, fixes::set(device.key(), address, "domain", "0x0000"))
    });
    zero.chain(fixes::let_choose(evidence, problem)).collect()
}
