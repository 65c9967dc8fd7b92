//! A mode= that is neither static nor dynamic.

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Fix, Part, Problem, Severity};

/// The rule, found by `xml::decode::address::Fields::mode`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::AddressModeUnknown,
    severity: Severity::Warning,
    stage: Stage::Decode,
    summary: "a mode= that is neither static nor dynamic",
    about: "mode= is from the proposal of 2009; libvirt as released ignores it. Another word is probably \
              a slip.",
    machine: "pc",
    wrong: "<sound model='ac97'><address type='pci' mode='fixed' slot='0x04'/></sound>",
    right: "<sound model='ac97'><address type='pci' mode='static' slot='0x04'/></sound>",
    mend: Some(mend),
};

fn mend(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let address = Part::Child("address");
    mend::written(evidence, problem)
        .map(|device| {
            let title = format!("make the address of {} static", mend::name(device));
            Fix::new(title, mend::set(device.key(), address, "mode", "static"))
        })
        .collect()
}
