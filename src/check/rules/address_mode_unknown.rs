//! A mode= that is neither static nor dynamic.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Fix, Part, Problem, Severity};

/// Found by `xml::decode::address::Fields::mode`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::AddressModeUnknown,
    severity: Severity::Warning,
    stage: Stage::Decode,
    summary: "a mode= that is neither static nor dynamic",
    about: "mode= is from the proposal of 2009; libvirt as released ignores it. Any other \
            value is probably a mistake.",
    machine: "pc",
    wrong: "<sound model='ac97'><address type='pci' mode='fixed' slot='0x04'/></sound>",
    right: "<sound model='ac97'><address type='pci' mode='static' slot='0x04'/></sound>",
    fixes: Some(find_fixes),
};

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let address = Part::Child("address");
    fixes::written(evidence, problem)
        .map(|device| {
            let title = format!("make the address of {} static", fixes::name(device));
            Fix::new(title, fixes::set(device.key(), address, "mode", "static"))
        })
        .collect()
}
