//! A device of `qemu:commandline` for which there is no bus yet.

use crate::check::evidence::Evidence;
use crate::check::rule::{Rule, Stage};
use crate::machine::{ControllerModel, Model, QemuBus};
use crate::model::{Code, ControllerKind, DeviceClass, Kind, Problem, QemuDevice, Severity};
use crate::text::Printable;

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::QemuDeviceNoBus,
    severity: Severity::Error,
    stage: Stage::Start(find),
    summary: "a -device of qemu:commandline for which there is no bus yet",
    about: "Without bus= QEMU takes the first bus of the kind that a device needs. Plain devices are made before those of libvirt, so only controllers of the command line count.",
    machine: "q35",
    wrong: "<devices></devices><qemu:commandline><qemu:arg value='-device'/><qemu:arg value='usb-tablet'/></qemu:commandline>",
    right: "<devices></devices><qemu:commandline><qemu:arg value='-device'/><qemu:arg value='qemu-xhci,addr=0x1e'/><qemu:arg value='-device'/><qemu:arg value='usb-tablet'/></qemu:commandline>",
    fixes: None,
};

/// Kinds of buses: QEMU's name of the type, and the controllers that have one.
const BUSES: &[(QemuBus, &str, ControllerKind)] = &[
    (QemuBus::Usb, "usb-bus", ControllerKind::Usb),
    (QemuBus::Scsi, "SCSI", ControllerKind::Scsi),
    (QemuBus::Serial, "virtio-serial-bus", ControllerKind::VirtioSerial),
    (QemuBus::Ccid, "ccid-bus", ControllerKind::Ccid),
];

/// Source: QEMU `system/qdev-monitor.c: qdev_device_add_from_qdict`; messages of QEMU 10.0.2.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let mut earlier: Vec<&QemuDevice> = Vec::new();
    for device in evidence.domain.of_class(DeviceClass::Qemu) {
        let Kind::Qemu(argument) = &device.kind else { continue };
        if let Some((bus, kind)) = missing_bus(evidence, &earlier, argument) {
            let problem = RULE
                .problem(format!(
                    "there is no {} controller when QEMU makes this device",
                    kind.as_str()
                ))
                .quoting(format!(
                    "QEMU: No '{bus}' bus found for device '{}'",
                    Printable::new(&argument.driver)
                ))
                .helping("write it as JSON with bus=, or add its controller before it");
            found.push(evidence.on(problem, device));
        }
        earlier.push(argument);
    }
}

/// The bus that a device without `bus=` needs and does not find.
fn missing_bus(
    evidence: &Evidence<'_>,
    earlier: &[&QemuDevice],
    argument: &QemuDevice,
) -> Option<(&'static str, ControllerKind)> {
    if argument.bus.is_some() {
        return None;
    }
    let (_, driver, _) = Model::of_driver(&argument.driver)?;
    let (_, name, kind) = BUSES.iter().find(|(bus, ..)| *bus == driver.bus)?;
    let is_it = |other: &&&QemuDevice| {
        ControllerModel::of_driver(&other.driver).is_some_and(|(row, _)| row.kind == *kind)
    };
    let by_argument = earlier.iter().any(|other| is_it(&other));
    let by_libvirt = argument.json && evidence.controllers(*kind).next().is_some();
    (!by_argument && !by_libvirt).then_some((*name, *kind))
}
