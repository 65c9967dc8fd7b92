//! A PCI address that has a function and nothing else.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::address::{Base, parse_u32};
use crate::model::{Address, Code, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciFunctionIgnored,
    severity: Severity::Warning,
    stage: Stage::Check(find),
    summary: "a PCI address that has a function and nothing else",
    about: "With domain, bus and slot 0 libvirt chooses the address: function and \
            multifunction are dropped without a message.",
    machine: "pc",
    wrong: "<sound model='ac97'><address type='pci' function='0x3'/></sound>",
    right: "<sound model='ac97'><address type='pci' slot='0x05' function='0x0'/></sound>",
    fixes: Some(fixes::let_choose),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for device in &evidence.domain.devices {
        let Some(Address::Pci(pci)) = device.address() else { continue };
        let element = evidence.element(device).and_then(|element| element.child("address"));
        let Some(element) = element.filter(|_| pci.at.is_none()) else { continue };
        let function = element.value("function").and_then(|text| parse_u32(text, Base::Any).ok());
        if function.is_some_and(|function| function > 0) || pci.multifunction.is_some() {
            let problem = RULE
                .problem("without a slot libvirt chooses the whole address, function included")
                .helping("write bus= and slot= as well, or remove the address");
            found.push(evidence.on(problem, device));
        }
    }
}
