//! A USB companion controller without a master of its index.

use std::collections::HashSet;

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, ControllerIndex, ControllerKind, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::UsbCompanionAlone,
    severity: Severity::Error,
    stage: Stage::Start(find),
    summary: "a USB companion controller without a master of its index",
    about: "A companion takes over the slow devices of the EHCI controller with its index. \
            Without that controller QEMU does not find the bus, and refuses to start.",
    machine: "q35",
    wrong: "<controller type='usb' index='0' model='ich9-ehci1'/>
<controller type='usb' index='1' model='ich9-uhci1'><master startport='0'/></controller>",
    right: "<controller type='usb' index='0' model='ich9-ehci1'/>
<controller type='usb' index='0' model='ich9-uhci1'><master startport='0'/></controller>",
    fixes: Some(fixes::add_master),
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let masters: HashSet<ControllerIndex> = evidence
        .controllers(ControllerKind::Usb)
        .filter(|(_, controller)| controller.master.is_none())
        .filter_map(|(_, controller)| controller.index)
        .collect();
    if masters.is_empty() {
        // libvirt itself refuses a guest that has companions only.
        return;
    }
    for (device, controller) in evidence.controllers(ControllerKind::Usb) {
        let index = controller.index_or_zero();
        if controller.master.is_none() || masters.contains(&index) {
            continue;
        }
        let problem = RULE
            .problem(format!("there is no USB controller {index} for this companion"))
            .quoting(format!("QEMU: USB bus 'usb{index}.0' not found"))
            .helping("add the master, or give the companion the index of one");
        found.push(evidence.on_attribute(problem, device, ("", "index")));
    }
}
