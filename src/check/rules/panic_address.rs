//! A panic device with an address that is not for its model.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{AddressKind, Code, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PanicAddress,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a panic device with an address that is not for its model",
    about: "The ISA panic device has an I/O port, pvpanic is on PCI; those of pSeries, s390 \
            and Hyper-V have no address.",
    machine: "pc",
    wrong: "<panic model='isa'><address type='pci' slot='0x05'/></panic>",
    right: "<panic model='isa'><address type='isa' iobase='0x505'/></panic>",
    fixes: Some(fixes::let_choose),
};

/// Source: `qemu_validate.c: qemuValidateDomainDefPanic`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let devices = evidence.pairs().filter(|(written, _)| written.class() == DeviceClass::Panic);
    for (written, device) in devices {
        let Some(kind) = Evidence::kind(written) else { continue };
        let model = device.variant().unwrap_or_default();
        let words = match (model, kind) {
            ("pseries" | "hyperv" | "s390", _) => format!(
                "unsupported configuration: setting the panic device address is not supported for \
                 model '{model}'"
            ),
            ("isa", kind) if kind != AddressKind::Isa => {
                "unsupported configuration: panic is supported only with ISA address type"
                    .to_owned()
            }
            ("pvpanic", kind) if kind != AddressKind::Pci => {
                "unsupported configuration: pvpanic is supported only with PCI address type"
                    .to_owned()
            }
            _ => continue,
        };
        let message = format!("{} has no address of type {}", device.title(), kind.as_str());
        let problem = RULE.problem(message).quoting(words).helping("remove the address");
        found.push(evidence.on(problem, written));
    }
}
