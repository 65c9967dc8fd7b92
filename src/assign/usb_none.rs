//! Refusals of USB devices in a guest with USB switched off, which libvirt reports while it parses.
//!
//! Source: `domain_conf.c: virDomainDefControllersParse`, `virDomainDefParseXML`.

use super::completion::Completion;
use crate::machine::{Feature, Machine, Model, UsbPart, input_bus};
use crate::model::{Code, ControllerKind, Device, DeviceClass, Kind, Problem};

/// Classes in libvirt's parsing order, with its message when USB is off.
const WORDS: &[(DeviceClass, &str)] = &[
    (DeviceClass::Input, "Can't add USB input device. USB bus is disabled"),
    (DeviceClass::Hostdev, "Can't add host USB device: USB is disabled in this host"),
    (DeviceClass::Hub, "Can't add USB hub: USB is disabled for this domain"),
];

/// Checks USB controllers against each other, and USB devices against `model='none'`.
pub(super) fn check(completion: &mut Completion) {
    let usb: Vec<(&Device, bool, bool)> = completion
        .domain
        .controllers()
        .filter(|(_, controller)| controller.kind == ControllerKind::Usb)
        .map(|(device, controller)| {
            let is_none = controller.model.as_deref() == Some("none");
            // A companion without <master> gets its port later.
            let is_companion = controller.master.is_some()
                || UsbPart::of(controller).is_some_and(|part| part.start_port.is_some());
            (device, is_none, is_companion)
        })
        .collect();
    let is_off = usb.iter().any(|(_, is_none, _)| *is_none);
    let mut refusals = Vec::new();
    if is_off && let Some((device, ..)) = usb.get(1) {
        refusals.push(
            Problem::error(
                Code::UsbNone,
                "USB is switched off, and there is another USB controller",
            )
            .quoting("Can't add another USB controller: USB is disabled for this domain")
            .helping("remove the controller of model none, or the other")
            .on(device.key()),
        );
    }
    let only_companions = usb.iter().all(|(_, is_none, is_companion)| *is_none || *is_companion);
    if !is_off
        && only_companions
        && let Some((device, ..)) = usb.first()
    {
        refusals.push(
            Problem::error(Code::UsbNoMaster, "every USB controller is a companion of another")
                .quoting("No master USB controller specified")
                .helping("add the master, such as model='ich9-ehci1' with the same index")
                .on(device.key()),
        );
    }
    if is_off {
        for (class, words) in WORDS {
            let devices =
                completion.lists.of(*class).iter().filter_map(|no| completion.device(*no));
            refusals.extend(devices.filter(|device| is_usb(device, completion.machine)).map(
                |device| {
                    Problem::error(Code::UsbNone, "USB is switched off, and this is a USB device")
                        .quoting(format!("unsupported configuration: {words}"))
                        .helping("remove the device, or the USB controller of model none")
                        .on(device.key())
                },
            ));
        }
    }
    for refusal in refusals {
        completion.refuse(refusal);
    }
}

/// Whether a device is on USB while libvirt parses. An input of a kind that is always on USB gets
/// its bus later since 9.1 or after, and then another refusal.
fn is_usb(device: &Device, machine: Machine) -> bool {
    let is_open_input = || match &device.kind {
        Kind::Input(input) => input.bus.is_none() && input_bus(input, machine) == Some("usb"),
        _ => false,
    };
    Model::of(device).is_some_and(Model::is_usb)
        || (!machine.has(Feature::InputBusAfterParsing) && is_open_input())
}

#[cfg(test)]
mod tests {
    use crate::assign::example::{guest, words};

    const OFF: &str = "<controller type='usb' index='0' model='none'/>";

    #[test]
    fn where_usb_is_off_nothing_is_on_it() {
        let cases = [
            (
                "<controller type='usb' index='1' model='qemu-xhci'/>",
                "Can't add another USB controller: USB is disabled for this domain",
            ),
            (
                "<hub type='usb'/>",
                "unsupported configuration: Can't add USB hub: USB is disabled for this domain",
            ),
            (
                "<input type='tablet' bus='usb'/>",
                "unsupported configuration: Can't add USB input device. USB bus is disabled",
            ),
        ];
        for (device, want) in cases {
            assert_eq!(words(&guest("x86_64 pc", &format!("{OFF}{device}")))[0], want);
        }
        assert_eq!(words(&guest("x86_64 pc", OFF)), [""; 0]);
        let companion = "<controller type='usb' index='0' model='ich9-uhci1'>\
                         <master startport='0'/></controller>";
        assert_eq!(words(&guest("x86_64 pc", companion))[0], "No master USB controller specified");
    }
}
