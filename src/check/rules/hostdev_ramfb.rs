//! Two host devices with a boot display.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Device, DeviceClass, Fix, Part, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::HostdevRamfb,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "two host devices with a boot display",
    about: "ramfb='on' gives a virtual GPU a display before its driver is loaded. A guest has one.",
    machine: "q35",
    wrong: "<graphics type='vnc'/><hostdev mode='subsystem' type='mdev' model='vfio-pci' display='on' ramfb='on'><source><address uuid='11111111-1111-1111-1111-111111111111'/></source></hostdev><hostdev mode='subsystem' type='mdev' model='vfio-pci' display='on' ramfb='on'><source><address uuid='11111111-1111-1111-1111-111111111112'/></source></hostdev>",
    right: "<graphics type='vnc'/><hostdev mode='subsystem' type='mdev' model='vfio-pci' display='on' ramfb='on'><source><address uuid='11111111-1111-1111-1111-111111111111'/></source></hostdev><hostdev mode='subsystem' type='mdev' model='vfio-pci' display='on'><source><address uuid='11111111-1111-1111-1111-111111111112'/></source></hostdev>",
    fixes: Some(find_fixes),
};

/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefHostdev`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let has_ramfb = |device: &&Device| {
        let element = evidence.element(device);
        element.is_some_and(|element| element.value("ramfb") == Some("on"))
    };
    for device in evidence.domain.of_class(DeviceClass::Hostdev).filter(has_ramfb).skip(1) {
        let problem = RULE
            .problem("only one host device can have ramfb='on'")
            .quoting("unsupported configuration: Only one vgpu device can have 'ramfb' enabled")
            .helping("remove ramfb= from all but one");
        found.push(evidence.on_attribute(problem, device, ("", "ramfb")));
    }
}

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    fixes::written(evidence, problem)
        .map(|device| {
            let change = fixes::unset(device.key(), Part::Own, "ramfb");
            Fix::new(format!("remove ramfb= from {}", fixes::name(device)), change)
        })
        .collect()
}
