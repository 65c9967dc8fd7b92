//! A USB device with an address that is not usb.

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::{AddressKind, DeviceClass, Kind, Problem, Severity};

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "usb-address-type",
    severity: Severity::Error,
    at_start: false,
    summary: "a USB device with an address that is not usb",
    about: "Hubs, redirected devices and inputs on bus usb are on a USB port.",
    machine: "pc",
    wrong: "<hub type='usb'><address type='pci' slot='0x05'/></hub>",
    right: "<hub type='usb'><address type='usb' bus='0' port='1'/></hub>",
    find: Some(find),
    mend: Some(mend::let_choose),
};

/// `domain_conf.c: virDomainInputDefParseXML`, `virDomainRedirdevDefParseXML`, `domain_addr.c:
/// virDomainUSBAddressSetAddHub`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (written, device) in evidence.pairs() {
        let Kind::Plain(plain) = &device.kind else { continue };
        let is_usb = plain.bus.as_deref() == Some("usb");
        let words = match device.class() {
            DeviceClass::Hub => "XML error: Wrong address type for USB hub",
            DeviceClass::Input | DeviceClass::Redirdev if is_usb => {
                "XML error: Invalid address for a USB device"
            }
            _ => continue,
        };
        if Evidence::kind(written).is_some_and(|kind| kind != AddressKind::Usb) {
            let problem = RULE
                .problem(format!("{} is a USB device, its address is not", device.title()))
                .quoting(words)
                .helping("remove the address");
            found.push(evidence.on(problem, written));
        }
    }
}
