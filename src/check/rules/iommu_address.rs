//! An IOMMU with an address that is not for its model.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{AddressKind, Code, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::IommuAddress,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "an IOMMU with an address that is not for its model",
    about: "Only virtio-iommu is a device on a bus, on PCI.",
    machine: "q35",
    wrong: "<iommu model='intel'><address type='pci' slot='0x05'/></iommu>",
    right: "<iommu model='virtio'><address type='pci' slot='0x05'/></iommu>",
    fixes: Some(fixes::let_choose),
};

/// Source: `domain_validate.c: virDomainIOMMUDefValidate`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let devices = evidence.pairs().filter(|(written, _)| written.class() == DeviceClass::Iommu);
    for (written, device) in devices {
        let Some(kind) = Evidence::kind(written) else { continue };
        let model = device.variant().unwrap_or_default();
        let words = match (model, kind) {
            ("intel" | "smmuv3", _) => {
                format!("XML error: iommu model '{model}' can't have address")
            }
            ("virtio", kind) if kind != AddressKind::Pci => {
                "unsupported configuration: IOMMU device: 'virtio' needs a PCI address".to_owned()
            }
            _ => continue,
        };
        let message = format!("{} has no address of type {}", device.title(), kind.as_str());
        let problem = RULE.problem(message).quoting(words).helping("remove the address");
        found.push(evidence.on(problem, written));
    }
}
