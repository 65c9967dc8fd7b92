//! A serial port with an address that is not for its type.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{AddressKind, Code, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::SerialAddressType,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a serial port with an address that is not for its type",
    about: "ISA ports have an I/O port, USB, PCI and spapr-vio ports a place on their bus, the \
            machine's own ports have no address.",
    machine: "pc",
    wrong: "<serial type='pty'><target type='usb-serial'/><address type='pci' slot='0x05'/></serial>",
    right: "<serial type='pty'><target type='usb-serial'/><address type='usb' bus='0' port='1'/></serial>",
    fixes: Some(fixes::let_choose),
};

/// Source: `domain_conf.c: virDomainChrDefParseXML`, `qemu_validate.c:
/// qemuValidateDomainChrTargetDef`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    use AddressKind::{Isa, Pci, SpaprVio, Usb};
    let devices = evidence.pairs().filter(|(written, _)| written.class() == DeviceClass::Serial);
    for (written, device) in devices {
        let Some(kind) = Evidence::kind(written) else { continue };
        let target = device.variant().unwrap_or_default();
        let wanted = match target {
            "isa-serial" | "isa-debug" => Some(Isa),
            "usb-serial" => Some(Usb),
            "pci-serial" => Some(Pci),
            "spapr-vio-serial" => Some(SpaprVio),
            "system-serial" | "sclp-serial" => None,
            _ => continue,
        };
        let words = match wanted {
            Some(wanted) if wanted == kind => continue,
            Some(Usb) => {
                "unsupported configuration: usb-serial requires address of usb type".into()
            }
            Some(wanted) => format!(
                "unsupported configuration: Target type '{target}' requires address type '{}'",
                wanted.as_str()
            ),
            None => format!(
                "unsupported configuration: Target type '{target}' cannot have an associated address"
            ),
        };
        let message = format!("{} has no address of type {}", device.title(), kind.as_str());
        let problem = RULE.problem(message).quoting(words).helping("remove the address");
        found.push(evidence.on(problem, written));
    }
}
