//! An attribute of an `<address>` that libvirt ignores.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{AddressKind, Change, Code, Fix, Part, Problem, Severity};

/// Found by `xml::decode::address::Fields::ignored`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::AddressAttributeIgnored,
    severity: Severity::Warning,
    stage: Stage::Decode,
    summary: "an attribute of an <address> that libvirt ignores",
    about: "A misspelt attribute is dropped without a message, and the device gets another \
            place than intended. Validation against the schema only points at <devices> as a \
            whole.",
    machine: "pc",
    wrong: "<sound model='ac97'><address type='pci' solt='0x04'/></sound>",
    right: "<sound model='ac97'><address type='pci' slot='0x04'/></sound>",
    fixes: Some(find_fixes),
};

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let mut fixes = Vec::new();
    let Some(span) = problem.spans.first() else { return fixes };
    for device in fixes::written(evidence, problem) {
        let Some(element) = evidence.element(device).and_then(|element| element.child("address"))
        else {
            continue;
        };
        let wrong = element.attributes().find(|attribute| attribute.span() == *span);
        let Some(wrong) = wrong else { continue };
        let (address, name) = (Part::Child("address"), wrong.name());
        let known = element.value("type").map(AddressKind::from_name);
        let close = known.into_iter().flat_map(AddressKind::attributes).find(|known| {
            strsim::damerau_levenshtein(name, known) <= 2 && element.value(known).is_none()
        });
        let gone = fixes::unset(device.key(), address, name);
        if let Some(close) = close {
            let set = fixes::set(device.key(), address, close, wrong.value());
            let title = format!("write {close}= for {name}=");
            fixes.push(Fix::new(title, Change::Batch(vec![gone.clone(), set])));
        }
        fixes.push(Fix::new(format!("remove {name}="), gone));
    }
    fixes
}
