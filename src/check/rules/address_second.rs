//! A second `<address>` in one device.

use crate::check::evidence::Evidence;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::AddressSecond,
    severity: Severity::Warning,
    stage: Stage::Check(find),
    summary: "a second <address> in one device",
    about: "libvirt reads the first and ignores the others.",
    machine: "pc",
    wrong: "<sound model='ac97'><address type='pci' slot='0x04'/><address type='pci' slot='0x05'/></sound>",
    right: "<sound model='ac97'><address type='pci' slot='0x04'/></sound>",
    fixes: None,
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for device in evidence.domain.devices.iter().filter(|device| device.address.is_some()) {
        let Some(element) = evidence.element(device) else { continue };
        for other in element.children().filter(|child| child.is("address")).skip(1) {
            let problem = RULE
                .problem("libvirt reads the first <address> of a device and drops this one")
                .helping("remove it");
            found.push(problem.on(device.key()).at(other.tag()));
        }
    }
}
