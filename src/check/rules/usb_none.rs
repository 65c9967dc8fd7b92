//! USB devices in a guest without USB, or beside a controller of model none.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Change, Code, ControllerIndex, ControllerKind, Fix, Part, Problem, Severity};

/// Found by `assign::usb_none::check` and `assign::usb::refuse_all`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::UsbNone,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "USB devices in a guest without USB, or beside a controller of model none",
    about: "USB is off if no USB controller is written and the machine adds none, or if one is \
            written with model=none.",
    machine: "pc",
    wrong: "<controller type='usb' model='none'/>
<input type='tablet' bus='usb'/>",
    right: "<controller type='usb' model='qemu-xhci'/>
<input type='tablet' bus='usb'/>",
    fixes: Some(find_fixes),
};

fn find_fixes(evidence: &Evidence<'_>, problem: &Problem) -> Vec<Fix> {
    let none = evidence.controllers(ControllerKind::Usb).find(|(device, controller)| {
        controller.model.as_deref() == Some("none") && !device.is_implied()
    });
    let mut fixes = Vec::new();
    match none {
        Some((device, _)) if !problem.devices.contains(&device.key()) => {
            let change = fixes::set(device.key(), Part::Own, "model", "qemu-xhci");
            fixes.push(Fix::new("switch USB on: make the controller a qemu-xhci", change));
            // With another USB controller, removing this one is enough.
            let title = "switch USB on: remove the controller of model none";
            fixes.push(Fix::new(title, Change::Remove(device.key())));
        }
        Some(_) => {}
        None => fixes.push(fixes::add_controller(
            ControllerKind::Usb,
            ControllerIndex(0),
            Some("qemu-xhci"),
        )),
    }
    fixes.extend(fixes::remove(evidence, problem));
    fixes
}
