//! `<qemu:commandline>`: devices that libvirt hands to QEMU without looking at them.

use std::collections::BTreeMap;

use crate::model::{AcpiHotplug, Device, DeviceKey, Kind, Presence, QemuDevice, Text};
use crate::text::Span;
use crate::xml::Element;

const NAMESPACE: &str = "http://libvirt.org/schemas/domain/qemu/1.0";

/// A `-device` argument with its span.
pub(super) struct Argument {
    device: QemuDevice,
    span: Span,
}

impl Argument {
    pub(super) fn into_device(self, key: DeviceKey) -> Device {
        let alias = self.device.id.clone();
        Device {
            nth: key.nth,
            kind: Kind::Qemu(self.device),
            address: None,
            presence: Presence::Written { element: self.span, tag: self.span },
            alias,
            boot_order: None,
            acpi_index: None,
        }
    }
}

/// The `-device` arguments of a domain, in order.
pub(super) fn devices(domain: Element<'_>) -> Vec<Argument> {
    let arguments = after(domain, &["-device", "--device"]);
    let read = |argument: Element<'_>| {
        let device = parse(argument.value("value").unwrap_or_default())?;
        Some(Argument { device, span: argument.span() })
    };
    arguments.into_iter().filter_map(read).collect()
}

/// The ACPI hot-plug settings in `-global` arguments.
pub(super) fn acpi_hotplug(domain: Element<'_>) -> AcpiHotplug {
    let mut hotplug = AcpiHotplug::default();
    for argument in after(domain, &["-global", "--global"]) {
        let (name, value) =
            argument.value("value").and_then(|v| v.split_once('=')).unwrap_or_default();
        let is_on = !matches!(value, "off" | "false" | "no");
        match name {
            "PIIX4_PM.acpi-root-pci-hotplug" => hotplug.root = is_on,
            "PIIX4_PM.acpi-pci-hotplug-with-bridge-support"
            | "ICH9-LPC.acpi-pci-hotplug-with-bridge-support" => hotplug.bridges = is_on,
            _ => {}
        }
    }
    hotplug
}

/// The arguments that follow one of these options; QEMU takes one dash or two
/// (`system/vl.c: lookup_opt`).
fn after<'d>(domain: Element<'d>, options: &[&str]) -> Vec<Element<'d>> {
    let is = |element: &Element<'_>, name: &str| {
        element.name() == name && element.namespace() == Some(NAMESPACE)
    };
    let mut found = Vec::new();
    for commandline in domain.children().filter(|child| is(child, "commandline")) {
        let mut is_next = false;
        for argument in commandline.children().filter(|child| is(child, "arg")) {
            if is_next {
                found.push(argument);
            }
            is_next = !is_next && options.contains(&argument.value("value").unwrap_or_default());
        }
    }
    found
}

/// Parses the value of `-device`: `driver,name=value,...`, or a JSON object (QEMU `system/vl.c:
/// qemu_create_cli_devices`).
fn parse(value: &str) -> Option<QemuDevice> {
    let is_json = value.starts_with('{');
    let mut properties = if is_json { json(value)? } else { options(value) };
    let mut take = |name: &str| -> Option<Text> { properties.remove(name).map(Into::into) };
    Some(QemuDevice {
        driver: take("driver").filter(|driver| !driver.is_empty())?,
        id: take("id"),
        bus: take("bus"),
        addr: take("addr"),
        json: is_json,
    })
}

fn json(value: &str) -> Option<BTreeMap<String, String>> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(value).ok()?;
    let plain = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    Some(object.into_iter().map(|(name, value)| (name, plain(value))).collect())
}

/// QEMU's option syntax: commas between, two commas for one inside a value; the first part may
/// leave its name out (`util/qemu-option.c`).
fn options(value: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut part = String::new();
    let mut characters = value.chars().peekable();
    let mut parts = Vec::new();
    while let Some(character) = characters.next() {
        if character == ',' && characters.next_if_eq(&',').is_none() {
            parts.push(std::mem::take(&mut part));
        } else {
            part.push(character);
        }
    }
    parts.push(part);
    for (nth, part) in parts.into_iter().enumerate() {
        match part.split_once('=') {
            Some((name, value)) => found.insert(name.to_owned(), value.to_owned()),
            None if nth == 0 => found.insert("driver".to_owned(), part),
            None => found.insert(part, "on".to_owned()),
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::Document;

    #[test]
    fn arguments_are_read_in_both_of_qemus_notations() {
        let cases = [
            ("e1000,id=n1,bus=pci.0,addr=0x4", Some(("e1000", "n1", "pci.0", "0x4"))),
            ("driver=edu,addr=5.1,bus=pcie.0", Some(("edu", "", "pcie.0", "5.1"))),
            ("usb-kbd", Some(("usb-kbd", "", "", ""))),
            ("x,id=a,,b,c=d", Some(("x", "a,b", "", ""))),
            (
                r#"{"driver":"nvme","id":"d","bus":"pcie.0","addr":"0x6","n":1}"#,
                Some(("nvme", "d", "pcie.0", "0x6")),
            ),
            ("{broken", None),
            ("", None),
        ];
        for (text, want) in cases {
            let device = parse(text);
            let got = device.as_ref().map(|device| {
                let or = |text: &Option<Text>| text.as_deref().unwrap_or_default().to_owned();
                (device.driver.to_string(), or(&device.id), or(&device.bus), or(&device.addr))
            });
            let want = want.map(|(a, b, c, d): (&str, &str, &str, &str)| {
                (a.to_owned(), b.to_owned(), c.to_owned(), d.to_owned())
            });
            assert_eq!(got, want, "{text}");
        }
    }

    #[test]
    fn only_what_follows_device_counts() {
        let text = "<domain xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:commandline>\
                    <q:arg value='-netdev'/><q:arg value='user,id=u'/><q:arg value='-device'/>\
                    <q:arg value='e1000,netdev=u'/><q:env name='A'/></q:commandline></domain>";
        let document = Document::parse(text).unwrap();
        let found = devices(document.root());
        assert_eq!(found.len(), 1);
        assert_eq!(&*found[0].device.driver, "e1000");
        assert_eq!(found[0].span.slice(text), "<q:arg value='e1000,netdev=u'/>");
    }
}
