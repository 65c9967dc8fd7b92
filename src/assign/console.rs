//! The first console and the first serial port are one device.
//!
//! Source: `domain_postparse.c: virDomainDefAddConsoleCompat`.

use super::completion::Completion;
use crate::model::{Chardev, Code, DeviceAddress, DeviceClass, Kind, Origin, Problem};

/// Adds the serial port of a console that represents one.
pub(super) fn pair(completion: &mut Completion) {
    let consoles = completion.lists.of(DeviceClass::Console).to_vec();
    for no in consoles.iter().skip(1) {
        let Some(device) = completion.device(*no) else { continue };
        if device.variant() != Some("serial") {
            continue;
        }
        let key = device.key();
        completion.refuse(
            Problem::error(Code::ConsoleSerial, "only the first console can be a serial port")
                .quoting("unsupported configuration: Only the first console can be a serial port")
                .helping("write a <serial> device, or <target type='virtio'/>")
                .on(key),
        );
    }
    let Some(no) = consoles.first().copied() else { return };
    if !completion.lists.is_mirror(&completion.domain, no)
        || !completion.lists.of(DeviceClass::Serial).is_empty()
    {
        return;
    }
    let Some(console) = completion.device(no) else { return };
    let Some(chardev) = console.chardev() else { return };
    let serial = Chardev { target_type: None, target_model: None, ..chardev.clone() };
    let address = console.address.clone();
    let no = completion.add(Kind::Serial(serial));
    if let Some(serial) = completion.device_mut(no) {
        serial.address = address.map(|address| DeviceAddress {
            origin: Origin::Assigned,
            span: None,
            ignored: Vec::new(),
            ..address
        });
    }
    completion.explain(no, "the first console is a serial port, and the XML has none");
}

#[cfg(test)]
mod tests {
    use crate::assign::example::{guest, lines, words};

    #[test]
    fn a_lone_console_becomes_a_serial_port() {
        let result = guest("ppc64 pseries", "<console type='pty'/>");
        assert_eq!(lines(&result, "serial:"), ["serial:0 spapr-vio 0x30000000"]);
        let both = "<serial type='pty'/><console type='pty'><target type='serial'/></console>";
        assert_eq!(lines(&guest("ppc64 pseries", both), "serial:").len(), 1);
        let virtio = "<console type='pty'><target type='virtio'/></console>";
        assert_eq!(lines(&guest("x86_64 pc", virtio), "serial:"), [""; 0]);
    }

    #[test]
    fn a_second_console_is_no_serial_port() {
        let console = "<console type='pty'><target type='serial'/></console>";
        assert_eq!(
            words(&guest("x86_64 pc", &console.repeat(2))),
            ["unsupported configuration: Only the first console can be a serial port"]
        );
    }
}
