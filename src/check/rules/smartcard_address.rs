//! A smartcard with an address that is not ccid.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{AddressKind, Code, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::SmartcardAddress,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a smartcard with an address that is not ccid",
    about: "A smartcard is in a reader, a ccid controller.",
    machine: "pc",
    wrong: "<smartcard mode='host'><address type='usb' bus='0' port='1'/></smartcard>",
    right: "<smartcard mode='host'><address type='ccid' controller='0' slot='0'/></smartcard>",
    fixes: Some(fixes::let_choose),
};

/// Source: `domain_validate.c: virDomainSmartcardDefValidate`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let devices = evidence.pairs().filter(|(written, _)| written.class() == DeviceClass::Smartcard);
    for (written, device) in devices {
        let Some(kind) = Evidence::kind(written) else { continue };
        if kind == AddressKind::Ccid {
            continue;
        }
        let words = "unsupported configuration: Controllers must use the 'ccid' address type";
        let message = format!("{} has no address of type {}", device.title(), kind.as_str());
        let problem = RULE.problem(message).quoting(words).helping("remove the address");
        found.push(evidence.on(problem, written));
    }
}
