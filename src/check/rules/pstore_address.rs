//! A pstore that is not on PCI.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{AddressKind, Code, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PstoreAddress,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a pstore that is not on PCI",
    about: "The ACPI ERST device is on PCI.",
    machine: "q35",
    wrong: "<pstore backend='acpi-erst'><path>/p</path><size unit='KiB'>64</size><address type='isa'/></pstore>",
    right: "<pstore backend='acpi-erst'><path>/p</path><size unit='KiB'>64</size><address type='pci' slot='0x05'/></pstore>",
    fixes: Some(fixes::let_choose),
};

/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefPstore`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let devices = evidence.pairs().filter(|(written, _)| written.class() == DeviceClass::Pstore);
    for (written, device) in devices {
        let Some(kind) = Evidence::kind(written) else { continue };
        if kind == AddressKind::Pci {
            continue;
        }
        let words = "unsupported configuration: ACPI ERST device must reside on a PCI bus";
        let message = format!("{} has no address of type {}", device.title(), kind.as_str());
        let problem = RULE.problem(message).quoting(words).helping("remove the address");
        found.push(evidence.on(problem, written));
    }
}
