//! A smartcard beside another one, or in another place than slot 0 of reader 0.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Address, Code, ControllerIndex, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::SmartcardTwice,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a smartcard beside another one, or in another place than slot 0 of reader 0",
    about: "QEMU supports one smartcard with the device that libvirt uses.",
    machine: "pc",
    wrong: "<smartcard mode='host'><address type='ccid' controller='0' slot='0'/></smartcard>
<smartcard mode='host'><address type='ccid' controller='0' slot='1'/></smartcard>",
    right: "<smartcard mode='host'><address type='ccid' controller='0' slot='0'/></smartcard>",
    fixes: Some(fixes::let_choose_or_remove),
};

/// Source: `qemu_validate.c: qemuValidateDomainSmartcardDef`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let cards = evidence.pairs().filter(|(device, _)| device.class() == DeviceClass::Smartcard);
    for (nth, (written, device)) in cards.enumerate() {
        let Some(Address::Ccid(at)) = device.address() else { continue };
        let is_first = (at.controller, at.slot) == (ControllerIndex(0), 0);
        if nth > 0 || !is_first {
            let problem = RULE
                .problem("a guest has one smartcard, in slot 0 of controller 0")
                .quoting(
                    "unsupported configuration: this QEMU binary lacks multiple smartcard support",
                )
                .helping("remove the others, or write controller='0' slot='0'");
            found.push(evidence.on(problem, written));
        }
    }
}
