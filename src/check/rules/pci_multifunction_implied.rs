//! A slot of several functions that libvirt makes multifunction by itself.

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Address, Code, Fix, Part, Problem, Severity};

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciMultifunctionImplied,
    severity: Severity::Note,
    stage: Stage::Check(find),
    summary: "a slot of several functions that libvirt makes multifunction by itself",
    about: "Without multifunction= on function 0 libvirt writes on. A definition that says so reads \
              better, and survives tools that are less kind.",
    machine: "pc",
    wrong: "<interface type='user'><model type='virtio'/><address type='pci' slot='0x05' function='0x0'/></interface>
<interface type='user'><model type='virtio'/><address type='pci' slot='0x05' function='0x1'/></interface>",
    right: "<interface type='user'><model type='virtio'/><address type='pci' slot='0x05' function='0x0' multifunction='on'/></interface>
<interface type='user'><model type='virtio'/><address type='pci' slot='0x05' function='0x1'/></interface>",
    mend: Some(mend),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (written, device) in evidence.pairs() {
        let (Some(Address::Pci(before)), Some(Address::Pci(after))) =
            (written.value(), device.value())
        else {
            continue;
        };
        let is_new = before.multifunction.is_none() && after.multifunction == Some(true);
        if let Some(at) = before.at.filter(|_| is_new) {
            let problem = RULE
                .problem(format!("{at}: libvirt will add multifunction='on'"))
                .helping("write it, for whoever reads this next");
            found.push(evidence.on(problem, written));
        }
    }
}

fn mend(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    mend::written(evidence, problem)
        .map(|device| {
            let change = mend::set(device.key(), Part::Child("address"), "multifunction", "on");
            Fix::new("write multifunction='on'", change)
        })
        .collect()
}
