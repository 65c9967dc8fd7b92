//! `<acpi index=>`, `<rom>`, or `<boot>` of virtiofs, on a device that is not on PCI.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{AddressKind, Code, DeviceClass, Fix, Part, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::PciOnlySetting,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "<acpi index=>, <rom>, or <boot> of virtiofs, on a device that is not on PCI",
    about: "ACPI index and option ROM are properties of PCI devices; a guest boots from virtiofs on PCI \
              alone.",
    machine: "pc",
    wrong: "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/><acpi index='3'/></disk>",
    right: "<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/><acpi index='3'/></disk>",
    fixes: Some(find_fixes),
};

/// Source: `qemu_validate.c: qemuValidateDomainDeviceInfo`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (written, device) in evidence.pairs() {
        let off_pci = match device.address() {
            Some(value) => value.kind() != AddressKind::Pci,
            None => device.address.is_none() && evidence.need(device).is_none(),
        };
        if !off_pci || device.class() == DeviceClass::Qemu {
            continue;
        }
        let Some(element) = evidence.element(written) else { continue };
        let acpi = written.acpi_index.is_some_and(|index| index > 0);
        let virtiofs = device.class() == DeviceClass::Filesystem
            && element.child("driver").and_then(|driver| driver.value("type")) == Some("virtiofs");
        let settings = [
            ("boot", virtiofs, "setting virtiofs boot order is supported only with PCI bus"),
            ("acpi", acpi, "ACPI index is only supported for PCI devices"),
            ("rom", true, "ROM tuning is only supported for PCI devices"),
        ];
        for (name, counts, words) in settings {
            let Some(child) = element.child(name).filter(|_| counts) else { continue };
            let problem = RULE
                .problem(format!("<{name}> is for PCI devices"))
                .quoting(format!("unsupported configuration: {words}"))
                .helping("remove it");
            found.push(problem.on(written.key()).at(child.tag()));
        }
    }
}

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let mut fixes = Vec::new();
    for device in fixes::written(evidence, problem) {
        let name = fixes::name(device);
        if device.acpi_index.is_some() {
            let change = fixes::unset(device.key(), Part::Child("acpi"), "index");
            fixes.push(Fix::new(format!("remove the ACPI index of {name}"), change));
        }
        if device.boot_order.is_some() {
            let change = fixes::unset(device.key(), Part::Child("boot"), "order");
            fixes.push(Fix::new(format!("take {name} out of the boot order"), change));
        }
    }
    fixes
}
