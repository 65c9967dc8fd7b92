//! A host device with an address that is not for its kind.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{AddressKind, Code, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::HostdevAddressType,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a host device with an address that is not for its kind",
    about: "A PCI host device is on PCI (or unassigned), a SCSI one on a SCSI controller, a \
            USB one on a USB port.",
    machine: "pc",
    wrong: "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0x5e' slot='0' function='0x0'/></source><address type='drive' controller='0'/></hostdev>",
    right: "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0x5e' slot='0' function='0x0'/></source><address type='pci' slot='0x05'/></hostdev>",
    fixes: Some(fixes::let_choose),
};

/// Source: `domain_validate.c: virDomainHostdevDefValidate`, `qemu_validate.c`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    use AddressKind::{Ccw, Drive, Pci, Unassigned, Usb};
    let devices = evidence.pairs().filter(|(written, _)| written.class() == DeviceClass::Hostdev);
    for (written, device) in devices {
        let Some(kind) = Evidence::kind(written) else { continue };
        let (allowed, words): (&[AddressKind], _) = match device.variant() {
            Some("pci") => (
                &[Pci, Unassigned],
                "internal error: PCI host devices must use 'pci' or 'unassigned' address type",
            ),
            Some("scsi") => (
                &[Drive],
                "unsupported configuration: SCSI host device must use 'drive' address type",
            ),
            Some("scsi_host") => (
                &[Pci, Ccw],
                "unsupported configuration: SCSI_host host device must use 'pci' or 'ccw' address type",
            ),
            Some("usb") => {
                (&[Usb], "unsupported configuration: USB host device must use 'usb' address type")
            }
            _ => continue,
        };
        if allowed.contains(&kind) {
            continue;
        }
        let message = format!("{} has no address of type {}", device.title(), kind.as_str());
        let problem = RULE.problem(message).quoting(words).helping("remove the address");
        found.push(evidence.on(problem, written));
    }
}
