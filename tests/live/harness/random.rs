//! Random guests: devices of many models, some with a given place and some without, on both
//! machines.

use crate::harness::devices::Device;
use crate::support::dice::Dice;

type Model = (&'static str, &'static str, &'static str, &'static str);

/// QEMU's model, start tag, inside, end tag.
const MODELS: &[Model] = &[
    ("e1000", "interface type='user'", "<model type='e1000'/>", "interface"),
    ("virtio-net-pci", "interface type='user'", "<model type='virtio'/>", "interface"),
    ("rtl8139", "interface type='user'", "<model type='rtl8139'/>", "interface"),
    ("pcnet", "interface type='user'", "<model type='pcnet'/>", "interface"),
    ("e1000e", "interface type='user'", "<model type='e1000e'/>", "interface"),
    ("i6300esb", "watchdog model='i6300esb'", "", "watchdog"),
    (
        "virtio-rng-pci",
        "rng model='virtio'",
        "<backend model='random'>/dev/urandom</backend>",
        "rng",
    ),
    ("virtio-balloon-pci", "memballoon model='virtio'", "", "memballoon"),
    ("virtio-keyboard-pci", "input type='keyboard' bus='virtio'", "", "input"),
    ("virtio-mouse-pci", "input type='mouse' bus='virtio'", "", "input"),
    ("virtio-tablet-pci", "input type='tablet' bus='virtio'", "", "input"),
    ("pvpanic-pci", "panic model='pvpanic'", "", "panic"),
];

/// The machine and devices of guest `seed`.
pub(crate) fn guest(seed: u64) -> (&'static str, Vec<Device>) {
    let mut dice = Dice::new(seed);
    if dice.below(2) == 0 {
        ("pc,usb=off", conventional(&mut dice))
    } else {
        ("q35,usb=off", express(&mut dice))
    }
}

fn device(nth: u32, model: Model) -> Device {
    let (driver, start, inside, end) = model;
    Device::new(&format!("ua-d{nth}"), driver, start, inside, end)
}

/// Devices that may be there once only.
fn is_single(driver: &str) -> bool {
    matches!(driver, "virtio-balloon-pci" | "i6300esb" | "pvpanic-pci")
}

/// A PC: QEMU chooses most places; bridges and devices behind them have given ones.
fn conventional(dice: &mut Dice) -> Vec<Device> {
    let mut devices = Vec::new();
    let bridges = dice.below(3);
    for index in 1..=bridges {
        let start = format!("controller type='pci' index='{index}' model='pci-bridge'");
        let bridge = Device::new(&format!("ua-b{index}"), "pci-bridge", &start, "", "controller");
        devices.push(bridge.with(&format!("chassis_nr={index}")).at(0, "pci.0", 0x18 + index, 0));
    }
    devices.extend(scsi(dice));
    let told = dice.below(2) == 0;
    for nth in 0..4 + dice.below(8) {
        let model = dice.pick(MODELS);
        if is_single(model.0) && devices.iter().any(|device| device.driver == model.0) {
            continue;
        }
        let new = device(nth, model);
        devices.push(match dice.below(4) {
            0 if bridges > 0 => {
                let index = 1 + dice.below(bridges);
                new.at(index, &format!("ua-b{index}"), 1 + nth, 0)
            }
            1 if told => new.at(0, "pci.0", 0x1f - nth % 6, 1 + nth / 6),
            _ => new,
        });
    }
    // A place with a function and no function 0 is one that no guest has.
    for device in &mut devices {
        if device.place.as_deref().is_some_and(|place| !place.ends_with(".0")) {
            (device.bus, device.place, device.address) = (None, None, None);
        }
    }
    devices.extend(usb(dice, "pc"));
    devices
}

/// A PCI Express machine: a port for each device, some with given places.
fn express(dice: &mut Dice) -> Vec<Device> {
    let mut devices = Vec::new();
    let ports = 4 + dice.below(6);
    for index in 1..=ports {
        let start = format!("controller type='pci' index='{index}' model='pcie-root-port'");
        let port = Device::new(&format!("ua-p{index}"), "pcie-root-port", &start, "", "controller");
        let (slot, function) = (2 + (index - 1) / 8, (index - 1) % 8);
        let mut port = port.at(0, "pcie.0", slot, function);
        port.properties = format!(",chassis={index}");
        if function == 0 {
            port.properties.push_str(",multifunction=on");
        }
        devices.push(port);
    }
    for index in 1..=ports {
        let model = dice.pick(MODELS);
        if dice.below(4) == 0 || is_single(model.0) && devices.iter().any(|d| d.driver == model.0) {
            continue;
        }
        devices.push(device(index, model).at(index, &format!("ua-p{index}"), 0, 0));
    }
    devices.extend(usb(dice, "q35"));
    devices
}

fn scsi(dice: &mut Dice) -> Vec<Device> {
    if dice.below(2) == 0 {
        return Vec::new();
    }
    let (driver, model) =
        dice.pick(&[("lsi53c895a", "lsilogic"), ("virtio-scsi-pci", "virtio-scsi")]);
    let start = format!("controller type='scsi' index='0' model='{model}'");
    let mut devices = vec![Device::new("ua-s0", driver, &start, "", "controller")];
    for nth in 0..=dice.below(4) {
        let disk = Device::new(
            &format!("ua-hd{nth}"),
            "scsi-hd",
            "disk type='file' device='disk'",
            &format!(
                "<source file='/x/{}.img'/><target dev='sd{}' bus='scsi'/>",
                nth % 2,
                char::from(b'a' + u8::try_from(nth).unwrap())
            ),
            "disk",
        );
        let drive =
            format!("file=@DIR@/{nth},format=raw,if=none,id=drv{nth}", nth = format!("{nth}.img"));
        let drive = drive.replace(&format!("id=drv{nth}.img"), &format!("id=drv{nth}"));
        let (place, unit, target) = if driver == "lsi53c895a" {
            (format!("scsi-id={nth}"), nth, 0)
        } else {
            (format!("channel=0,scsi-id=0,lun={nth}"), nth, 0)
        };
        let address = format!(
            "<address type='drive' controller='0' bus='0' target='{target}' unit='{unit}'/>"
        );
        let disk = disk.with(&format!("drive=drv{nth}")).after(&["-drive", &drive]);
        devices.push(disk.seat("ua-s0.0", &place, &address));
    }
    devices
}

fn usb(dice: &mut Dice, machine: &str) -> Vec<Device> {
    if dice.below(2) == 0 {
        return Vec::new();
    }
    let start = "controller type='usb' index='0' model='qemu-xhci'";
    let mut controller = Device::new("ua-u0", "qemu-xhci", start, "", "controller");
    if machine == "q35" {
        controller = controller.at(0, "pcie.0", 0x10, 0);
    }
    let mut devices = vec![controller];
    for nth in 0..=dice.below(4) {
        let (driver, kind) =
            dice.pick(&[("usb-tablet", "tablet"), ("usb-mouse", "mouse"), ("usb-kbd", "keyboard")]);
        let input = Device::new(
            &format!("ua-i{nth}"),
            driver,
            &format!("input type='{kind}' bus='usb'"),
            "",
            "input",
        );
        devices.push(match dice.below(2) {
            0 => input.on("ua-u0.0"),
            _ => input.seat(
                "ua-u0.0",
                &format!("port={}", nth + 1),
                &format!("<address type='usb' bus='0' port='{}'/>", nth + 1),
            ),
        });
    }
    // QEMU may choose the given port of another device: given ones come first.
    devices.sort_by_key(|device| (device.driver != "qemu-xhci", device.place.is_none()));
    devices
}
