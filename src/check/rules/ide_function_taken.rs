//! A device on the IDE function of the PIIX3.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::MachineKind;
use crate::model::address::PciAddress;
use crate::model::{Code, Controller, ControllerKind, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::IdeFunctionTaken,
    severity: Severity::Error,
    stage: Stage::Start(find),
    summary: "a device on the IDE function of the PIIX3",
    about: "libvirt keeps 00:01.1 free only for a guest with IDE disks. QEMU always has its \
            IDE controller there, and refuses to start.",
    machine: "pc",
    wrong: "<sound model='ac97'><address type='pci' slot='0x01' function='0x1'/></sound>",
    right: "<sound model='ac97'><address type='pci' slot='0x03' function='0x0'/></sound>",
    fixes: Some(fixes::pci),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    if evidence.machine().kind != MachineKind::I440fx {
        return;
    }
    let is_first = |(_, controller): &(_, &Controller)| controller.index_or_zero().0 == 0;
    if evidence.controllers(ControllerKind::Ide).any(|known| is_first(&known)) {
        // Then libvirt keeps the place itself.
        return;
    }
    let place = PciAddress::new(0, 1, 1);
    for device in evidence.domain.devices.iter().filter(|device| device.pci() == place) {
        let problem = RULE
            .problem("00:01.1 is the IDE controller of the machine")
            .quoting(
                "QEMU: PCI: slot 1 function 1 not available for it, in use by piix3-ide,id=(null)",
            )
            .helping("choose another slot");
        found.push(evidence.on(problem, device));
    }
}
