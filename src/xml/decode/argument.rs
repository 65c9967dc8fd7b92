//! `<qemu:commandline>`: devices that libvirt hands to QEMU without looking at them.

use std::collections::BTreeSet;

use super::qemu_options::{json, options};
use crate::machine::{Machine, MachineKind};
use crate::model::{AcpiHotplug, Device, DeviceKey, Kind, Presence, QemuDevice, QemuOption, Text};
use crate::text::Span;
use crate::xml::Element;

const NAMESPACE: &str = "http://libvirt.org/schemas/domain/qemu/1.0";

/// A device of the command line, with the span of the argument that makes it.
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

/// Options of QEMU that make devices or change them, with a value.
const VALUED: &[&str] = &[
    "device", "vga", "nic", "net", "drive", "hda", "hdb", "hdc", "hdd", "cdrom", "machine", "M",
    "global",
];

/// The devices that the arguments of a domain make, in the order of the arguments.
pub(super) fn devices(domain: Element<'_>, machine: Machine) -> Vec<Argument> {
    let mut found = Vec::new();
    let mut drives = BoardDrives::new(machine.kind);
    for (option, value, element) in arguments(domain) {
        let devices = match option {
            "device" => parse(value).into_iter().collect(),
            "usb" => usb(machine.kind),
            "machine" | "M" => match options(value, "type").get("usb").map(String::as_str) {
                Some("on" | "yes") => usb(machine.kind),
                _ => Vec::new(),
            },
            "vga" => display(value).into_iter().collect(),
            "nic" => nic(value, machine.kind).into_iter().collect(),
            "net" if value == "nic" || value.starts_with("nic,") => {
                nic(value, machine.kind).into_iter().collect()
            }
            "drive" => drive(value, &mut drives).into_iter().collect(),
            "hda" => drives.take(Some(0), "ide-hd").into_iter().collect(),
            "hdb" => drives.take(Some(1), "ide-hd").into_iter().collect(),
            "hdc" => drives.take(Some(2), "ide-hd").into_iter().collect(),
            "hdd" => drives.take(Some(3), "ide-hd").into_iter().collect(),
            "cdrom" => drives.take(Some(2), "ide-cd").into_iter().collect(),
            _ => Vec::new(),
        };
        let span = element.span();
        found.extend(devices.into_iter().map(|device| Argument { device, span }));
    }
    found
}

fn made_by(option: QemuOption, driver: impl Into<Text>) -> QemuDevice {
    QemuDevice { option, driver: driver.into(), ..QemuDevice::default() }
}

/// The USB controllers of the chipset (QEMU `hw/i386/pc_piix.c`, `hw/i386/pc_q35.c:
/// ehci_create_ich9_with_companions`).
fn usb(machine: MachineKind) -> Vec<QemuDevice> {
    let parts: &[(&str, &str, &str)] = match machine {
        MachineKind::I440fx => &[("piix3-usb-uhci", "pci.0", "1.2")],
        MachineKind::Q35 => &[
            ("ich9-usb-ehci1", "pcie.0", "1d.7"),
            ("ich9-usb-uhci1", "pcie.0", "1d.0"),
            ("ich9-usb-uhci2", "pcie.0", "1d.1"),
            ("ich9-usb-uhci3", "pcie.0", "1d.2"),
        ],
        _ => &[],
    };
    let device = |(driver, bus, addr): &(&str, &str, &str)| QemuDevice {
        bus: Some((*bus).into()),
        addr: Some((*addr).into()),
        ..made_by(QemuOption::Usb, *driver)
    };
    parts.iter().map(device).collect()
}

/// Values of `-vga` and their devices (QEMU `system/vl.c: vga_interfaces`).
const DISPLAYS: &[(&str, &str)] = &[
    ("std", "VGA"),
    ("cirrus", "cirrus-vga"),
    ("vmware", "vmware-svga"),
    ("qxl", "qxl-vga"),
    ("virtio", "virtio-vga"),
];

fn display(value: &str) -> Option<QemuDevice> {
    let (_, driver) = DISPLAYS.iter().find(|(name, _)| *name == value)?;
    Some(made_by(QemuOption::Vga, *driver))
}

/// A NIC of `-nic` or `-net nic`: its model, or that of the machine (QEMU `hw/i386/pc.c:
/// pc_nic_init`, `net/net.c`).
fn nic(value: &str, machine: MachineKind) -> Option<QemuDevice> {
    let mut properties = options(value, "type");
    if properties.get("type").is_some_and(|kind| kind == "none") {
        return None;
    }
    let own = match machine {
        MachineKind::I440fx => "e1000",
        MachineKind::Q35 => "e1000e",
        _ => "virtio-net-pci",
    };
    let driver = match properties.remove("model") {
        Some(model) if model == "virtio" => "virtio-net-pci".to_owned(),
        Some(model) => model,
        None => own.to_owned(),
    };
    // An ISA card has no place on PCI.
    (driver != "ne2k_isa").then(|| made_by(QemuOption::Nic, driver))
}

/// The drives of the board by index: two on each IDE channel, one on each port of SATA (QEMU
/// `blockdev.c: drive_new`).
struct BoardDrives {
    /// Units on a bus; 0 where the board has no such drives.
    units: u32,
    taken: BTreeSet<u32>,
}

impl BoardDrives {
    fn new(machine: MachineKind) -> Self {
        let units = machine.board_drives().map_or(0, |(.., units)| units);
        Self { units, taken: BTreeSet::new() }
    }

    /// The drive with this index, or with the lowest free one.
    fn take(&mut self, index: Option<u32>, driver: &str) -> Option<QemuDevice> {
        let free = || (0..=u32::MAX).find(|index| !self.taken.contains(index));
        let index = index.or_else(free)?;
        self.taken.insert(index);
        let (bus, unit) = (index.checked_div(self.units)?, index.checked_rem(self.units)?);
        Some(QemuDevice {
            bus: Some(format!("ide.{bus}").into()),
            addr: Some(unit.to_string().into()),
            ..made_by(QemuOption::BoardDrive, driver)
        })
    }
}

/// The device of a `-drive`: of a board with IDE or SATA its own drive where no interface is named; a
/// virtio disk with `if=virtio`.
fn drive(value: &str, drives: &mut BoardDrives) -> Option<QemuDevice> {
    let properties = options(value, "file");
    let is_cdrom = properties.get("media").is_some_and(|media| media == "cdrom");
    match properties.get("if").map(String::as_str) {
        Some("virtio") => Some(made_by(QemuOption::Drive, "virtio-blk-pci")),
        Some("ide") | None => {
            let index = properties.get("index").and_then(|index| index.parse().ok());
            drives.take(index, if is_cdrom { "ide-cd" } else { "ide-hd" })
        }
        Some(_) => None,
    }
}

/// The ACPI hot-plug settings in `-global` arguments.
pub(super) fn acpi_hotplug(domain: Element<'_>) -> AcpiHotplug {
    let mut hotplug = AcpiHotplug::default();
    for (_, value, _) in arguments(domain).into_iter().filter(|(option, ..)| *option == "global") {
        let (name, value) = value.split_once('=').unwrap_or_default();
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

/// The options that make devices, each with its value and the element that has it; QEMU takes one
/// dash or two (`system/vl.c: lookup_opt`).
fn arguments(domain: Element<'_>) -> Vec<(&str, &str, Element<'_>)> {
    let is = |element: &Element<'_>, name: &str| {
        element.name() == name && element.namespace() == Some(NAMESPACE)
    };
    let mut found = Vec::new();
    for commandline in domain.children().filter(|child| is(child, "commandline")) {
        let mut option = None;
        for argument in commandline.children().filter(|child| is(child, "arg")) {
            let value = argument.value("value").unwrap_or_default();
            if let Some(option) = option.take() {
                found.push((option, value, argument));
                continue;
            }
            let name = value.strip_prefix('-').map(|name| name.strip_prefix('-').unwrap_or(name));
            match name {
                Some("usb") => found.push(("usb", "", argument)),
                Some(name) => option = VALUED.contains(&name).then_some(name),
                None => {}
            }
        }
    }
    found
}

/// Parses the value of `-device`: `driver,name=value,...`, or a JSON object (QEMU `system/vl.c:
/// qemu_create_cli_devices`).
fn parse(value: &str) -> Option<QemuDevice> {
    let is_json = value.starts_with('{');
    let mut properties = if is_json { json(value)? } else { options(value, "driver") };
    let mut take = |name: &str| -> Option<Text> { properties.remove(name).map(Into::into) };
    Some(QemuDevice {
        driver: take("driver").filter(|driver| !driver.is_empty())?,
        id: take("id"),
        bus: take("bus"),
        addr: take("addr"),
        json: is_json,
        option: QemuOption::Device,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::Document;
    use crate::xml::decode::decode;

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

    fn of(machine: &str, arguments: &[&str]) -> Vec<String> {
        let arguments: Vec<String> =
            arguments.iter().map(|value| format!("<q:arg value='{value}'/>")).collect();
        let arguments = arguments.concat();
        let text = format!(
            "<domain xmlns:q='{NAMESPACE}'><os><type arch='x86_64' machine='{machine}'/></os>\
             <q:commandline>{arguments}<q:env name='A'/></q:commandline></domain>"
        );
        let decoded = decode(&Document::parse(text).unwrap()).unwrap();
        let line = |device: &Device| match &device.kind {
            Kind::Qemu(qemu) => {
                let place = [&qemu.bus, &qemu.addr].map(|part| part.as_deref().unwrap_or("-"));
                format!("{} {}", device.title(), place.join(" "))
            }
            _ => String::new(),
        };
        decoded.domain.devices.iter().map(line).collect()
    }

    #[test]
    fn every_option_that_makes_a_device_is_read() {
        assert_eq!(
            of("pc", &["-netdev", "user,id=u", "-device", "e1000,netdev=u"]),
            ["-device e1000 - -"]
        );
        assert_eq!(of("pc", &["-usb"]), ["-usb piix3-usb-uhci pci.0 1.2"]);
        assert_eq!(of("pc", &["-M", "usb=on"]), ["-usb piix3-usb-uhci pci.0 1.2"]);
        assert_eq!(of("q35", &["--usb"])[0], "-usb ich9-usb-ehci1 pcie.0 1d.7");
        assert_eq!(of("q35", &["-vga", "std"]), ["-vga VGA - -"]);
        assert_eq!(of("q35", &["-vga", "none"]), [""; 0]);
        assert_eq!(of("pc", &["-net", "nic", "-net", "user"]), ["-nic e1000 - -"]);
        assert_eq!(of("q35", &["-nic", "user"]), ["-nic e1000e - -"]);
        assert_eq!(of("q35", &["-nic", "user,model=virtio"]), ["-nic virtio-net-pci - -"]);
        assert_eq!(of("q35", &["-nic", "none"]), [""; 0]);
        assert_eq!(of("pc", &["-hdb", "/a"]), ["-drive ide-hd ide.0 1"]);
        assert_eq!(
            of("q35", &["-cdrom", "/a", "-drive", "file=/b"]),
            ["-drive ide-cd ide.2 0", "-drive ide-hd ide.0 0"]
        );
        assert_eq!(of("pc", &["-drive", "if=virtio,file=/a"]), ["-drive virtio-blk-pci - -"]);
        assert_eq!(of("pc", &["-drive", "if=none,file=/a", "-append", "-device"]), [""; 0]);
        assert_eq!(of("pc", &["-device"]), [""; 0]);
    }
}
