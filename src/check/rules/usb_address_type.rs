//! A USB device with an address that is not usb.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{AddressKind, Code, Kind, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::UsbAddressType,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a USB device with an address that is not usb",
    about: "Redirected devices and inputs with bus='usb' are on a USB port. libvirt replaces \
            such an address of a hub without a message.",
    machine: "pc",
    wrong: "<input type='tablet' bus='usb'><address type='pci' slot='0x05'/></input>",
    right: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>",
    fixes: Some(fixes::let_choose),
};

/// Source: `domain_conf.c: virDomainInputDefParseXML`, `virDomainRedirdevDefParseXML`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (written, device) in evidence.pairs() {
        let (Kind::Input(plain) | Kind::Redirdev(plain)) = &device.kind else { continue };
        if plain.bus.as_deref() != Some("usb") {
            continue;
        }
        if Evidence::kind(written).is_some_and(|kind| kind != AddressKind::Usb) {
            let problem = RULE
                .problem(format!("{} is a USB device, its address is not", device.title()))
                .quoting("XML error: Invalid address for a USB device")
                .helping("remove the address");
            found.push(evidence.on(problem, written));
        }
    }
}
