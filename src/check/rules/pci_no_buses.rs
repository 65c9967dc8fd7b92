//! A PCI device on a machine without PCI.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Change, Code, DeviceClass, Fix, Part, Problem, Severity};

/// Found by `topology::verdict::no_buses`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciNoBuses,
    severity: Severity::Error,
    stage: Stage::Topology,
    summary: "a PCI device on a machine without PCI",
    about: "isapc and microvm have no PCI bus. Even the balloon that libvirt adds to every guest needs \
              one.",
    machine: "isapc",
    wrong: "<memballoon model='virtio'/>",
    right: "<memballoon model='none'/>",
    fixes: Some(find_fixes),
};

/// A balloon that is taken away comes back by itself; one of model none does not.
fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    fixes::written(evidence, problem)
        .map(|device| match device.class() {
            DeviceClass::Memballoon => {
                let change = fixes::set(device.key(), Part::Own, "model", "none");
                Fix::new("have no memory balloon", change)
            }
            _ => Fix::new(format!("remove {}", fixes::name(device)), Change::Remove(device.key())),
        })
        .collect()
}
