//! A plain -device of qemu:commandline on a bus that QEMU creates later.

use crate::check::evidence::Evidence;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, DeviceClass, Kind, PciModel, Problem, QemuDevice, Severity};

/// Source: QEMU `system/vl.c: qemu_create_cli_devices`, libvirt `qemu_command.c:
/// qemuBuildDeviceCommandlineFromJSON`; measured with QEMU 10.0.2 and libvirt 11.3.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::QemuDeviceEarly,
    severity: Severity::Error,
    stage: Stage::Start(find),
    summary: "a plain -device of qemu:commandline on a bus that QEMU creates later",
    about: "QEMU creates devices written as name=value first, and those written as JSON after \
            them. libvirt since 7.9 writes its own as JSON, so their buses do not exist yet.",
    machine: "q35",
    wrong: "<devices><controller type='pci' index='1' model='pcie-root-port'/></devices><qemu:commandline><qemu:arg value='-device'/><qemu:arg value='virtio-rng-pci,bus=pci.1'/></qemu:commandline>",
    right: "<devices><controller type='pci' index='1' model='pcie-root-port'/></devices><qemu:commandline><qemu:arg value='-device'/><qemu:arg value='{\"driver\":\"virtio-rng-pci\",\"bus\":\"pci.1\"}'/></qemu:commandline>",
    fixes: None,
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for device in evidence.domain.of_class(DeviceClass::Qemu) {
        let Kind::Qemu(argument) = &device.kind else { continue };
        let (Some(name), false) = (&argument.bus, argument.json) else { continue };
        if !is_made_late(evidence, argument) {
            continue;
        }
        let problem = RULE
            .problem(format!("bus '{name}' does not exist yet when QEMU creates this device"))
            .quoting(format!("QEMU: Bus '{name}' not found"))
            .helping(format!(
                "write it as JSON: {{\"driver\":\"{}\",\"bus\":\"{name}\",...}}",
                argument.driver
            ));
        found.push(evidence.on(problem, device));
    }
}

/// Whether the bus of this argument is created from JSON: by a controller of libvirt, or by another
/// argument.
fn is_made_late(evidence: &Evidence<'_>, argument: &QemuDevice) -> bool {
    let topology = evidence.topology;
    let bus = topology.argument_bus(evidence.assigned, argument).and_then(|no| topology.bus(no));
    let Some(no) = bus.and_then(|bus| bus.parent) else { return false };
    let Some(parent) = topology.node(no) else { return false };
    match topology.device(evidence.assigned, no).map(|device| &device.kind) {
        Some(Kind::Qemu(argument)) => argument.json,
        Some(Kind::Controller(controller)) => {
            parent.part.is_none() && !controller.pci_model().is_some_and(PciModel::is_root)
        }
        _ => false,
    }
}
