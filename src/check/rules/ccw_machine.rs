//! A channel subsystem address on a machine without one.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage, quoted};
use crate::machine::MachineKind;
use crate::model::{AddressKind, Code, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::CcwMachine,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a channel subsystem address on a machine without one",
    about: "Only s390-ccw machines have a channel subsystem.",
    machine: "pc",
    wrong: "<memballoon model='virtio'><address type='ccw' cssid='0xfe' ssid='0x0' devno='0x0001'/></memballoon>",
    right: "<memballoon model='virtio'><address type='pci' slot='0x05'/></memballoon>",
    fixes: Some(fixes::let_choose),
};

/// Source: `qemu_validate.c: qemuValidateDomainDeviceInfo`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    if evidence.machine().kind == MachineKind::S390Ccw {
        return;
    }
    let machine = evidence.domain.machine.as_deref().unwrap_or_default();
    for device in &evidence.domain.devices {
        if Evidence::kind(device) == Some(AddressKind::Ccw) {
            let problem = RULE
                .problem("this machine has no channel subsystem")
                .quoting(format!(
                    "unsupported configuration: CCW addresses are not supported by machine type {}",
                    quoted(machine)
                ))
                .helping("remove the address");
            found.push(evidence.on(problem, device));
        }
    }
}
