//! A slot of several functions that libvirt makes multifunction by itself.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Address, Code, Fix, Part, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciMultifunctionImplied,
    severity: Severity::Note,
    stage: Stage::Check(find),
    summary: "a slot of several functions that libvirt makes multifunction by itself",
    about: "Without multifunction= on function 0 libvirt sets it to on. Written down it is \
            visible, and other tools see it too.",
    machine: "pc",
    wrong: "<interface type='user'><model type='virtio'/><address type='pci' slot='0x05' function='0x0'/></interface>
<interface type='user'><model type='virtio'/><address type='pci' slot='0x05' function='0x1'/></interface>",
    right: "<interface type='user'><model type='virtio'/><address type='pci' slot='0x05' function='0x0' multifunction='on'/></interface>
<interface type='user'><model type='virtio'/><address type='pci' slot='0x05' function='0x1'/></interface>",
    fixes: Some(find_fixes),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (written, device) in evidence.pairs() {
        let (Some(Address::Pci(before)), Some(Address::Pci(after))) =
            (written.address(), device.address())
        else {
            continue;
        };
        let is_new = before.multifunction.is_none() && after.multifunction == Some(true);
        if let Some(at) = before.at.filter(|_| is_new) {
            let problem = RULE
                .problem(format!("{at}: libvirt will add multifunction='on'"))
                .helping("write it, so that it is visible");
            found.push(evidence.on(problem, written));
        }
    }
}

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    fixes::written(evidence, problem)
        .map(|device| {
            let change = fixes::set(device.key(), Part::Child("address"), "multifunction", "on");
            Fix::new("write multifunction='on'", change)
        })
        .collect()
}
