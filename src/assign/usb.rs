//! Ports for USB devices, and the hubs that takes.
//!
//! Source: `qemu_domain_address.c: qemuDomainAssignUSBAddresses`, `domain_addr.c:
//! virDomainUSBAddressSet...`.

use std::collections::HashSet;

use super::completion::{Completion, ParseMode};
use super::lists::DeviceIdx;
use super::usb_ports::{UsbPorts, no_bus};
use crate::machine::{Feature, Model, Ports};
use crate::model::address::Usb;
use crate::model::{
    Address, AddressKind, Code, ControllerIndex, ControllerKind, Device, DeviceClass, DeviceKey,
    Kind, Plain, Problem,
};
use crate::topology::Shape;

/// Ports of a hub, one of which takes the place of the port it is on.
const HUB_PORTS: u32 = Ports::HUB.count;

/// Whether a device is on a USB bus.
fn is_usb(device: &Device) -> bool {
    Model::of(device).is_some_and(Model::is_usb)
}

fn is_hub(completion: &Completion, no: DeviceIdx) -> bool {
    completion.device(no).is_some_and(|device| device.class() == DeviceClass::Hub)
}

fn usb(completion: &Completion, no: DeviceIdx) -> Option<Usb> {
    match completion.device(no)?.address()? {
        Address::Usb(usb) => Some(*usb),
        _ => None,
    }
}

/// Refuses usb-net cards without an address: libvirt before 10.3 looks for a PCI place for them,
/// which they do not take.
pub(super) fn refuse_older_cards(completion: &mut Completion) {
    let is_open = |device: &&Device| is_usb_net(device) && device.address.is_none();
    let cards = completion.lists.of(DeviceClass::Interface).iter();
    let cards = cards.filter_map(|no| completion.device(*no)).filter(is_open);
    let keys: Vec<DeviceKey> = cards.map(Device::key).collect();
    for key in keys {
        let refusal = Problem::error(
            Code::PciNoPlace,
            "libvirt before 10.3 has no place for usb-net",
        )
        .quoting(
            "internal error: Cannot automatically add a new PCI bus for a device with connect \
                 flags 00",
        )
        .helping("write the USB address, or choose another model")
        .on(key);
        completion.refuse(refusal);
    }
}

fn is_usb_net(device: &Device) -> bool {
    device.class() == DeviceClass::Interface && is_usb(device)
}

/// Gives every USB device a bus and a port. A guest that is being loaded keeps its ports: nothing
/// changes there unless every device has one.
pub(super) fn assign(completion: &mut Completion) {
    let devices = in_order(completion);
    let is_complete = |no: &DeviceIdx| usb(completion, *no).is_some_and(|usb| usb.port.is_some());
    if completion.mode == ParseMode::Load && !devices.iter().all(is_complete) {
        return;
    }
    if !devices.is_empty() && !has_controller(completion) {
        refuse_all(completion, &devices);
        judge_written(completion, devices);
        return;
    }
    add_hubs(completion, devices.len());
    let mut ports = buses(completion);
    let devices = hubs_first(completion, devices);
    for no in &devices {
        enter(completion, &mut ports, *no);
    }
    for no in devices {
        choose(completion, &mut ports, no);
    }
}

/// Classes of USB devices in the order in which libvirt before 10.3 gives them ports
/// (`qemu_domain_address.c: qemuDomainAssignUSBPorts`).
const OLDER_ORDER: &[DeviceClass] = &[
    DeviceClass::Hub,
    DeviceClass::Hostdev,
    DeviceClass::Disk,
    DeviceClass::Controller,
    DeviceClass::Input,
    DeviceClass::Serial,
    DeviceClass::Sound,
    DeviceClass::Redirdev,
];

/// The USB devices in the order in which libvirt looks at them.
fn in_order(completion: &Completion) -> Vec<DeviceIdx> {
    let is_usb = |no: &DeviceIdx| completion.device(*no).is_some_and(is_usb);
    if completion.machine.has(Feature::UsbNetOnUsb) {
        return completion.lists.iterate(&completion.domain).into_iter().filter(is_usb).collect();
    }
    // A card of model usb-net is none of them (`OLDER_ORDER` has no interfaces).
    let classes = OLDER_ORDER.iter();
    classes.flat_map(|class| completion.lists.of(*class)).copied().filter(is_usb).collect()
}

/// All hubs, then the other devices.
fn hubs_first(completion: &Completion, devices: Vec<DeviceIdx>) -> Vec<DeviceIdx> {
    let mut all = completion.lists.of(DeviceClass::Hub).to_vec();
    all.extend(devices.into_iter().filter(|no| !is_hub(completion, *no)));
    all
}

/// Checks written ports also if USB is off, for errors with any controller.
fn judge_written(completion: &mut Completion, devices: Vec<DeviceIdx>) {
    let off =
        completion.domain.controllers().filter(|(_, known)| known.kind == ControllerKind::Usb);
    let mut indexes: Vec<ControllerIndex> = off.map(|(_, known)| known.index_or_zero()).collect();
    if indexes.is_empty() {
        indexes.push(ControllerIndex(0));
    }
    let mut ports = UsbPorts::default();
    for index in indexes {
        // Two of one index are reported elsewhere.
        ports.add_bus(index, Ports::MOST_XHCI);
    }
    for no in hubs_first(completion, devices) {
        enter(completion, &mut ports, no);
    }
}

fn has_controller(completion: &Completion) -> bool {
    completion.domain.controllers().any(|(_, controller)| {
        controller.kind == ControllerKind::Usb && controller.model.as_deref() != Some("none")
    })
}

fn refuse_all(completion: &mut Completion, devices: &[DeviceIdx]) {
    let words = "USB is disabled for this domain, but USB devices are present in the domain XML";
    // Most devices beside a controller of model none have been refused one by one.
    let told = completion.refusals.iter().filter(|refusal| refusal.code == Code::UsbNone);
    let told: HashSet<DeviceKey> = told.flat_map(|refusal| refusal.devices.clone()).collect();
    let devices = devices.iter().filter_map(|no| completion.device(*no));
    let mut devices: Vec<&Device> =
        devices.filter(|device| !told.contains(&device.key())).collect();
    if devices.is_empty() {
        return;
    }
    // The first is the one to look at, which has to be there.
    devices.sort_by_key(|device| device.is_implied());
    let refusal = Problem {
        devices: devices.into_iter().map(Device::key).collect(),
        ..Problem::error(Code::UsbNone, "the guest has USB devices and no USB controller")
            .quoting(format!("unsupported configuration: {words}"))
            .helping("add <controller type='usb'/>, or remove the devices")
    };
    completion.refuse(refusal);
}

/// The ports every controller has by itself.
fn controller_ports(
    completion: &Completion,
) -> impl Iterator<Item = (DeviceIdx, ControllerIndex, u32)> {
    completion.lists.of(DeviceClass::Controller).iter().filter_map(|no| {
        let controller = completion.device(*no)?.controller()?;
        if controller.kind != ControllerKind::Usb {
            return None;
        }
        match Shape::of(controller)? {
            Shape::Ports { count, .. } => Some((*no, controller.index_or_zero(), count)),
            _ => None,
        }
    })
}

/// Adds hubs when there are more devices than ports.
fn add_hubs(completion: &mut Completion, devices: usize) {
    let hubs = u64::try_from(completion.lists.of(DeviceClass::Hub).len()).unwrap_or(u64::MAX);
    let own: u64 = controller_ports(completion).map(|(.., ports)| u64::from(ports)).sum();
    let ports = own.saturating_add(hubs.saturating_mul(u64::from(HUB_PORTS)));
    let devices = u64::try_from(devices).unwrap_or(u64::MAX);
    if devices <= ports {
        return;
    }
    for _ in 0..(devices - ports + 1).div_ceil(u64::from(HUB_PORTS) - 1) {
        let hub = Plain { kind: Some("usb".into()), ..Plain::default() };
        let no = completion.add(Kind::Hub(hub));
        completion.explain(no, format!("added: {devices} USB devices, and {ports} ports"));
    }
}

fn buses(completion: &mut Completion) -> UsbPorts {
    let mut ports = UsbPorts::default();
    let mut twice = Vec::new();
    for (no, index, count) in controller_ports(completion) {
        if !ports.add_bus(index, count) {
            twice.extend(completion.device(no).map(|device| (device.key(), index)));
        }
    }
    for (key, index) in twice {
        let refusal = Problem::error(Code::UsbBusTwice, format!("there are two USB buses {index}"))
            .quoting(format!("XML error: Duplicate USB controllers with index {index}"))
            .helping("give one of them another index")
            .on(key);
        completion.refuse(refusal);
    }
    ports
}

/// Enters a device with a written port.
fn enter(completion: &mut Completion, ports: &mut UsbPorts, no: DeviceIdx) {
    let Some(Usb { bus, port: Some(path), .. }) = usb(completion, no) else { return };
    let Some(key) = completion.device(no).map(Device::key) else { return };
    let is_hub = is_hub(completion, no);
    let entered = if is_hub {
        ports.add_hub(bus, path, HUB_PORTS, key)
    } else {
        ports.reserve(bus, path, key)
    };
    if let Err(mut refusal) = entered {
        refusal.devices.insert(0, key);
        completion.refuse(*refusal);
    }
}

/// Finds a port for a device that has none.
fn choose(completion: &mut Completion, ports: &mut UsbPorts, no: DeviceIdx) {
    let Some(device) = completion.device(no) else { return };
    let key = device.key();
    let written = match device.address() {
        None if device.address.is_some() => return,
        None => None,
        Some(Address::Usb(usb)) if usb.port.is_none() => Some(*usb),
        // libvirt replaces an address of any other kind on a hub.
        Some(other) if other.kind() != AddressKind::Usb && is_hub(completion, no) => None,
        Some(_) => return,
    };
    let found = match written {
        Some(usb) if !ports.has_bus(usb.bus) => no_bus(usb.bus).refuse(),
        Some(usb) => {
            ports.lowest_on(usb.bus).map_or_else(|| full().refuse(), |path| Ok((usb.bus, path)))
        }
        None => ports.lowest().map_or_else(|| full().refuse(), Ok),
    };
    let taken = found.and_then(|(bus, path)| {
        if is_hub(completion, no) {
            ports.add_hub(bus, path, HUB_PORTS, key)?;
        } else {
            ports.reserve(bus, path, key)?;
        }
        Ok((bus, path))
    });
    match taken {
        Ok((bus, path)) => {
            let dev = written.and_then(|usb| usb.dev);
            completion.place(no, Address::Usb(Usb { bus, port: Some(path), dev }));
            completion.explain(no, format!("port {path} of bus {bus}, the lowest free"));
        }
        Err(refusal) => {
            let refusal = refusal.on(key);
            completion.refuse(refusal);
        }
    }
}

fn full() -> Problem {
    Problem::error(Code::UsbNoPort, "no USB port is left, and hubs go four levels deep at most")
        .quoting("internal error: No free USB ports")
        .helping("add another USB controller")
}

#[cfg(test)]
mod tests {
    use crate::assign::ParseMode;
    use crate::assign::example::{completed, of_class, with, words};
    use crate::model::Code;

    const TABLET: &str = "<input type='tablet' bus='usb'/>";

    fn places(devices: &str) -> Vec<String> {
        let guest = completed("x86_64", "pc", devices);
        let mut all = of_class(&guest, "hub");
        all.extend(of_class(&guest, "input"));
        all.iter().map(|told| told.replace(" usb", "")).collect()
    }

    #[test]
    fn hubs_are_added_before_ports_run_out() {
        assert_eq!(places(&TABLET.repeat(2)), ["input:0 0:1", "input:1 0:2"]);
        let three = places(&TABLET.repeat(3));
        assert_eq!(three, ["hub:0 0:1", "input:0 0:2", "input:1 0:1.1", "input:2 0:1.2"]);
        let ten = places(&TABLET.repeat(10));
        assert_eq!(ten[..3], ["hub:0 0:1", "hub:1 0:2", "input:0 0:1.1"]);
        assert_eq!(ten[11], "input:9 0:2.2");
    }

    #[test]
    fn a_bus_without_a_port_is_kept() {
        let two = "<controller type='usb' index='0' model='piix3-uhci'/>\
                   <controller type='usb' index='1' model='qemu-xhci'/>\
                   <input type='tablet' bus='usb'><address type='usb' bus='1'/></input>";
        assert_eq!(places(two), ["input:0 1:1"]);
    }

    #[test]
    fn a_hub_gets_a_port_whatever_its_address_says() {
        let hub = "<hub type='usb'><address type='pci' slot='9'/></hub>";
        assert_eq!(places(hub), ["hub:0 0:1"]);
    }

    #[test]
    fn a_guest_that_is_loaded_gets_no_ports_unless_all_are_there() {
        let guest = with("", "x86_64", "pc", &TABLET.repeat(3), ParseMode::Load);
        assert_eq!(of_class(&guest, "input"), [""; 0]);
        assert_eq!(of_class(&guest, "hub"), [""; 0]);
    }

    #[test]
    fn what_cannot_be_is_refused_in_libvirts_words() {
        let at = |bus: u32, port: &str| {
            format!(
                "<input type='tablet' bus='usb'><address type='usb' bus='{bus}' port='{port}'/></input>"
            )
        };
        let twice = "<controller type='usb' index='0'/>\
                     <controller type='usb' index='0' model='qemu-xhci'/>";
        for (devices, want) in [
            (at(1, "1"), "XML error: Missing USB bus 1"),
            (at(0, "3"), "XML error: requested USB port 3 not present on USB bus 0"),
            (at(0, "3.1"), "XML error: port 3 out of range in USB address bus: 0 port: 3.1"),
            (at(0, "1.1"), "XML error: there is no hub at port 1 in USB address bus: 0 port: 1.1"),
            (at(0, "1").repeat(2), "XML error: Duplicate USB address bus 0 port 1"),
            (
                "<hub type='usb'><address type='usb' bus='0' port='1'/></hub>".repeat(2),
                "XML error: Duplicate USB hub on bus 0 port 1",
            ),
            (twice.to_owned(), "XML error: Duplicate USB controllers with index 0"),
            (
                "<input type='tablet' bus='usb'><address type='usb' bus='4'/></input>".into(),
                "XML error: USB bus 4 requested but no controller with that index is present",
            ),
        ] {
            assert_eq!(words(&completed("x86_64", "pc", &devices)), [want], "{devices}");
        }
        let guest = completed("aarch64", "virt", TABLET);
        assert_eq!(
            words(&guest),
            ["unsupported configuration: USB is disabled for this domain, but USB devices are \
              present in the domain XML"]
        );
    }

    #[test]
    fn what_is_written_is_judged_where_usb_is_off_too() {
        let at = |port: &str| {
            format!(
                "<input type='tablet' bus='usb'><address type='usb' bus='0' port='{port}'/></input>"
            )
        };
        let off = "<controller type='usb' model='none'/>";
        let guest = completed("x86_64", "pc", &[off, &at("9"), &at("9"), &at("2.1")].concat());
        let codes: Vec<_> = guest.refusals.iter().map(|refusal| refusal.code).collect();
        let want =
            [Code::UsbNone, Code::UsbNone, Code::UsbNone, Code::UsbDoubleUse, Code::UsbNoHub];
        assert_eq!(codes, want);
        let guest = completed("aarch64", "virt", &[at("1"), at("1"), at("9")].concat());
        let codes: Vec<_> = guest.refusals.iter().map(|refusal| refusal.code).collect();
        assert_eq!(codes, [Code::UsbNone, Code::UsbDoubleUse]);
        assert_eq!(guest.refusals[0].devices.len(), 3);
    }
}
