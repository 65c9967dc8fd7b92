//! An ACPI index above 16383.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Fix, Part, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::AcpiIndexRange,
    severity: Severity::Error,
    stage: Stage::Start(find),
    summary: "an ACPI index above 16383",
    about: "libvirt accepts it; QEMU refuses to start.",
    machine: "pc",
    wrong: "<interface type='user'><acpi index='16384'/><model type='virtio'/><address type='pci' slot='0x05'/></interface>",
    right: "<interface type='user'><acpi index='16383'/><model type='virtio'/><address type='pci' slot='0x05'/></interface>",
    fixes: Some(find_fixes),
};

/// QEMU `hw/acpi/pcihp.c: ONBOARD_INDEX_MAX`.
const LAST: u32 = 16 * 1024 - 1;

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for device in &evidence.domain.devices {
        let Some(index) = device.acpi_index.filter(|index| *index > LAST) else { continue };
        let problem = RULE
            .problem(format!("the ACPI index {index} is above {LAST}"))
            .quoting(format!("QEMU: acpi-index should be less or equal to {LAST}"))
            .helping("choose a lower number");
        found.push(evidence.on_attribute(problem, device, ("acpi", "index")));
    }
}

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    fixes::written(evidence, problem)
        .map(|device| {
            let change = fixes::unset(device.key(), Part::Child("acpi"), "index");
            Fix::new(format!("remove the ACPI index of {}", fixes::name(device)), change)
        })
        .collect()
}
