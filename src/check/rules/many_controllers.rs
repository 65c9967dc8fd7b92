//! A high number that makes libvirt add a dozen controllers or more.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::Severity;
use crate::model::{Code, Fix, Problem};

/// Found by `assign::warnings::many`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ManyControllers,
    severity: Severity::Warning,
    stage: Stage::Assign,
    summary: "a high number that makes libvirt add a dozen controllers or more",
    about: "libvirt adds every controller up to the one that an address names: bus 0x40 in a \
            guest with a few ports adds dozens, without a message.",
    machine: "q35",
    wrong: "<interface type='user'><model type='virtio'/><address type='pci' bus='0x40' slot='0x00'/></interface>",
    right: "<interface type='user'><model type='virtio'/><address type='pci' bus='0x01' slot='0x00'/></interface>",
    fixes: Some(find_fixes),
};

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let mut fixes = fixes::pci(evidence, problem);
    // The nearest free place may be as far away as the old one; it is tried last.
    let first = fixes.len().min(1);
    fixes.rotate_left(first);
    fixes
}
