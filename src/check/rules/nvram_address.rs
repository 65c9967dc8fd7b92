//! An NVRAM with an address that is not on its bus.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{AddressKind, Code, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::NvramAddress,
    severity: Severity::Warning,
    stage: Stage::Check(find),
    summary: "an NVRAM with an address that is not on its bus",
    about: "The NVRAM of pSeries is on the virtual I/O bus. libvirt puts it there whatever its \
            address.",
    machine: "pseries",
    wrong: "<nvram><address type='pci' slot='0x05'/></nvram>",
    right: "<nvram><address type='spapr-vio' reg='0x3000'/></nvram>",
    fixes: Some(fixes::let_choose),
};

/// Source: `qemu_domain_address.c: qemuDomainAssignSpaprVIOAddress`, which does not check the kind
/// of address.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let devices = evidence.pairs().filter(|(written, _)| written.class() == DeviceClass::Nvram);
    for (written, device) in devices {
        let Some(kind) = Evidence::kind(written) else { continue };
        if kind == AddressKind::SpaprVio {
            continue;
        }
        let message = format!("{} has no address of type {}", device.title(), kind.as_str());
        let problem = RULE.problem(message).helping("remove the address");
        found.push(evidence.on(problem, written));
    }
}
