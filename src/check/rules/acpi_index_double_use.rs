//! Two devices with one ACPI index.

use std::collections::{HashMap, HashSet};

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Device, Fix, Part, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::AcpiIndexDoubleUse,
    severity: Severity::Error,
    stage: Stage::Start(find),
    summary: "two devices with one ACPI index",
    about: "The guest names a NIC by it, eno3 for 3. libvirt accepts a second device with \
              the same number; QEMU refuses to start.",
    machine: "pc",
    wrong: "<interface type='user'><acpi index='3'/><model type='virtio'/><address type='pci' slot='0x05'/></interface>
<interface type='user'><acpi index='3'/><model type='virtio'/><address type='pci' slot='0x06'/></interface>",
    right: "<interface type='user'><acpi index='3'/><model type='virtio'/><address type='pci' slot='0x05'/></interface>
<interface type='user'><acpi index='4'/><model type='virtio'/><address type='pci' slot='0x06'/></interface>",
    fixes: Some(find_fixes),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let mut known: HashMap<u32, &Device> = HashMap::new();
    for device in &evidence.domain.devices {
        let Some(index) = device.acpi_index.filter(|index| *index > 0) else { continue };
        let Some(first) = known.get(&index).copied() else {
            known.insert(index, device);
            continue;
        };
        let problem = RULE
            .problem(format!("two devices have the ACPI index {index}"))
            .quoting(format!("QEMU: a PCI device with acpi-index = {index} already exist"))
            .helping("give one of them another number");
        let problem = evidence.on_attribute(problem, device, ("acpi", "index"));
        found.push(evidence.on_attribute(problem, first, ("acpi", "index")));
    }
}

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let taken: HashSet<u32> =
        evidence.domain.devices.iter().filter_map(|device| device.acpi_index).collect();
    let free = fixes::lowest_free(&taken, 1).to_string();
    fixes::written(evidence, problem)
        .map(|device| {
            let title = format!("give {} the ACPI index {free}", fixes::name(device));
            Fix::new(title, fixes::set(device.key(), Part::Child("acpi"), "index", free.clone()))
        })
        .collect()
}
