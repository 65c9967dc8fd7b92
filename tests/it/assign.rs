//! Assignment: worked examples of libvirt's choices, and properties of every guest.

use crate::support::guest::Guest;
use crate::support::{other_machine, random_guest};
use virt_topo::assign::{Assignment, ParseMode, assign};
use virt_topo::edit::{Revision, plan_assignment};
use virt_topo::machine::need;
use virt_topo::model::address::PciAddress;
use virt_topo::model::{Controller, ControllerIndex, Device, DeviceClass, Domain};
use virt_topo::topology::{self, Asker, PciBuses, Topology, is_express};
use virt_topo::xml::{Document, decode::decode};

/// A guest of this machine with these devices.
fn guest(machine: &str, devices: &str) -> Domain {
    let text = Guest::new(machine).with(devices).text();
    decode(&Document::parse(text).unwrap()).unwrap().domain
}

fn run(machine: &str, devices: &str) -> Assignment {
    assign(&guest(machine, devices), ParseMode::Define)
}

/// The PCI devices by name, `name@bus:slot.function`, in the order of their addresses.
fn layout(assignment: &Assignment) -> String {
    let mut devices: Vec<(String, String)> = Vec::new();
    for device in &assignment.domain.devices {
        let Some(at) = device.pci() else { continue };
        let name = match device.controller() {
            Some(controller) => {
                let index = controller.index.unwrap().0;
                match controller.model.as_deref() {
                    Some("pcie-root-port") => format!("port{index}"),
                    Some("pcie-to-pci-bridge") => format!("bridge{index}"),
                    Some("pci-bridge") => format!("pci{index}"),
                    Some("dmi-to-pci-bridge") => format!("dmi{index}"),
                    Some(model) => model.to_owned(),
                    None => controller.kind.as_str().to_owned(),
                }
            }
            None if device.class() == DeviceClass::Memballoon => "balloon".to_owned(),
            None => match &device.kind {
                virt_topo::model::Kind::Disk(disk) => disk.target.as_deref().unwrap().to_owned(),
                _ => device.variant().unwrap_or("?").to_owned(),
            },
        };
        devices.push((format!("{:02x}:{}", at.bus.0, at.short()), name));
    }
    devices.sort();
    let names = devices.iter().map(|(at, name)| format!("{name}@{at}"));
    names.collect::<Vec<_>>().join(" ")
}

const NO_BALLOON: &str = "<memballoon model='none'/>";
const NO_USB: &str = "<controller type='usb' index='0' model='none'/>";

fn bare(devices: &str) -> String {
    format!("{NO_BALLOON}{NO_USB}{devices}")
}

fn nets(model: &str, count: usize) -> String {
    format!("<interface type='user'><model type='{model}'/></interface>").repeat(count)
}

fn pci(slot: u32, bus: u32) -> String {
    format!("<address type='pci' bus='{bus}' slot='{slot}'/>")
}

fn ich9_group(index: u32) -> String {
    let part = |model: &str| format!("<controller type='usb' index='{index}' model='{model}'/>");
    ["ich9-ehci1", "ich9-uhci1", "ich9-uhci2", "ich9-uhci3"].map(part).concat()
}

fn virtio_disks(count: u32) -> String {
    let disk = |nth: u32| {
        let mut name = String::new();
        let mut rest = nth + 1;
        while rest > 0 {
            name.insert(0, char::from(b'a' + u8::try_from((rest - 1) % 26).unwrap()));
            rest = (rest - 1) / 26;
        }
        format!("<disk><target dev='vd{name}' bus='virtio'/></disk>")
    };
    (0..count).map(disk).collect()
}

#[test]
fn worked_examples_come_out_as_libvirt_has_them() {
    const SATA: &str = "sata@00:1f.2";
    let port = "<controller type='pci' index='1' model='pcie-root-port'/>";
    let video = |model: &str| format!("<video><model type='{model}'/></video>");
    let sound = |model: &str| format!("<sound model='{model}'/>");
    let net_at = |model: &str, address: &str| {
        format!("<interface type='user'><model type='{model}'/>{address}</interface>")
    };
    let cases: Vec<(&str, String, String)> = vec![
        (
            "q35",
            String::new(),
            format!(
                "port1@00:01.0 port2@00:01.1 port3@00:01.2 {SATA} qemu-xhci@01:00.0 \
                 balloon@02:00.0"
            ),
        ),
        ("q35", bare(""), SATA.to_owned()),
        (
            "q35",
            bare(&nets("e1000", 1)),
            format!("port1@00:01.0 port3@00:01.1 {SATA} bridge2@01:00.0 e1000@02:01.0"),
        ),
        (
            "q35",
            bare(&format!("{}{}", nets("e1000", 1), nets("virtio", 1))),
            format!(
                "port1@00:01.0 port3@00:01.1 port4@00:01.2 {SATA} bridge2@01:00.0 e1000@02:01.0 \
                 virtio@03:00.0"
            ),
        ),
        (
            "q35",
            format!("{NO_BALLOON}<controller type='usb' index='0'/>"),
            format!("port1@00:01.0 port3@00:01.1 {SATA} bridge2@01:00.0 piix3-uhci@02:01.0"),
        ),
        (
            "q35",
            bare(&format!("{}{}{}{}", video("vga"), sound("ich9"), sound("ac97"), sound("ich9"))),
            format!(
                "vga@00:01.0 port1@00:02.0 port3@00:02.1 ich9@00:1b.0 {SATA} bridge2@01:00.0 \
                 ac97@02:01.0 ich9@02:02.0"
            ),
        ),
        (
            "q35",
            bare(&video("virtio").repeat(2)),
            format!("virtio@00:01.0 port1@00:02.0 port2@00:02.1 {SATA} virtio@01:00.0"),
        ),
        (
            "q35",
            bare(&format!("{port}{}", nets("virtio", 1))),
            format!("port1@00:01.0 {SATA} virtio@01:00.0"),
        ),
        (
            "q35",
            bare(&format!("{port}{}", nets("virtio", 2))),
            format!("port1@00:01.0 port2@00:01.1 {SATA} virtio@01:00.0 virtio@02:00.0"),
        ),
        (
            "q35",
            bare(&format!(
                "<controller type='pci' index='4' model='pcie-root-port'/>{}",
                nets("virtio", 1)
            )),
            format!(
                "port1@00:01.0 port2@00:01.1 port3@00:01.2 port4@00:01.3 {SATA} virtio@01:00.0"
            ),
        ),
        (
            "q35",
            bare(&format!(
                "<controller type='pci' index='1' model='dmi-to-pci-bridge'/>{}",
                nets("e1000", 1)
            )),
            format!("dmi1@00:1e.0 {SATA} pci2@01:00.0 e1000@02:01.0"),
        ),
        ("q35", bare(&net_at("virtio", &pci(5, 0))), format!("virtio@00:05.0 {SATA}")),
        (
            "q35",
            bare(&net_at("e1000", &pci(3, 1))),
            format!("port1@00:01.0 port3@00:01.1 {SATA} bridge2@01:00.0 e1000@02:03.0"),
        ),
        (
            "q35",
            bare(&net_at("e1000", &pci(3, 2))),
            format!("port1@00:01.0 port3@00:01.1 {SATA} bridge2@01:00.0 e1000@02:03.0"),
        ),
        (
            "q35",
            format!("{NO_BALLOON}{}{}{}", ich9_group(0), ich9_group(1), ich9_group(2)),
            format!(
                "port1@00:01.0 port3@00:01.1 ich9-uhci1@00:1a.0 ich9-uhci2@00:1a.1 \
                 ich9-uhci3@00:1a.2 ich9-ehci1@00:1a.7 ich9-uhci1@00:1d.0 ich9-uhci2@00:1d.1 \
                 ich9-uhci3@00:1d.2 ich9-ehci1@00:1d.7 {SATA} bridge2@01:00.0 \
                 ich9-uhci1@02:01.0 ich9-uhci2@02:01.1 ich9-uhci3@02:01.2 ich9-ehci1@02:01.7"
            ),
        ),
        (
            "pc",
            bare("<disk><target dev='vdb'/></disk><disk><target dev='vda' bus='virtio'/></disk>"),
            "vdb@00:02.0 vda@00:03.0".to_owned(),
        ),
        ("q35", bare("<panic model='pvpanic'/>"), format!("pvpanic@00:01.0 {SATA}")),
        ("pc", bare("<panic model='pvpanic'/>"), "pvpanic@00:02.0".to_owned()),
        ("pc", String::new(), "piix3-uhci@00:01.2 balloon@00:02.0".to_owned()),
        (
            "pc",
            bare(&format!("{}{}", video("vga"), net_at("e1000", &pci(2, 0)))),
            "e1000@00:02.0 vga@00:03.0".to_owned(),
        ),
        (
            "pc",
            bare(&net_at("e1000", &pci(1, 3))),
            "pci1@00:02.0 pci2@00:03.0 pci3@00:04.0 e1000@03:01.0".to_owned(),
        ),
    ];
    for (machine, devices, want) in cases {
        let result = run(machine, &devices);
        assert_eq!(result.refusals, [], "{machine} {devices}");
        assert_eq!(layout(&result), want, "{machine} {devices}");
    }
}

#[test]
fn nine_ports_fill_a_slot_and_the_spare_stands_in_the_next() {
    let result = run("q35", &bare(&nets("virtio", 9)));
    let want = "port1@00:01.0 port2@00:01.1 port3@00:01.2 port4@00:01.3 port5@00:01.4 \
                port6@00:01.5 port7@00:01.6 port8@00:01.7 port9@00:02.0 port10@00:02.1";
    assert!(layout(&result).starts_with(want), "{}", layout(&result));
}

#[test]
fn a_full_pc_keeps_a_slot_in_reserve() {
    let place = |result: &Assignment, name: &str| {
        let text = layout(result);
        text.split(' ').find(|device| device.starts_with(name)).map(str::to_owned)
    };
    let usb = "<controller type='usb' index='0' model='piix3-uhci'/>";
    let disks = |count| run("pc", &format!("{usb}{}", virtio_disks(count)));
    let fits = disks(28);
    assert_eq!(place(&fits, "balloon").unwrap(), "balloon@00:1e.0");
    assert_eq!(place(&fits, "pci1"), None);
    let over = disks(29);
    assert_eq!(place(&over, "pci1").unwrap(), "pci1@00:02.0");
    assert_eq!(place(&over, "balloon").unwrap(), "balloon@01:01.0");
    // The dry run counts four slots for the four functions of one.
    let counted = run("pc", &format!("{}{}", ich9_group(0), virtio_disks(25)));
    assert_eq!(place(&counted, "pci1").unwrap(), "pci1@00:02.0");
    assert!(!layout(&counted).contains("@01:"), "{}", layout(&counted));
}

#[test]
fn the_first_refusal_is_libvirts() {
    let first = |machine: &str, devices: &str| {
        let result = run(machine, devices);
        result.refusals.first().map(|refusal| refusal.libvirt.clone().unwrap_or_default())
    };
    assert_eq!(
        first("pc", &nets("e1000", 59)).unwrap(),
        "internal error: a PCIe slot is needed to connect a PCI controller model='pci-bridge', \
         but none is available, and it cannot be automatically added"
    );
    assert_eq!(first("pc", &nets("e1000", 60)), None);
    let port = "<controller type='pci' index='1' model='pcie-root-port'/>";
    let net = |place: &str| {
        format!(
            "<interface type='user'><model type='virtio'/><address type='pci' {place}/></interface>"
        )
    };
    assert_eq!(first("q35", &bare(&format!("{port}{}", net("bus='1' function='1'")))), None);
    assert_eq!(
        first("q35", &bare(&format!("{port}{}", net("bus='1' slot='1'")))).unwrap(),
        "XML error: Invalid PCI address 0000:01:01.0. slot must be <= 0"
    );
    assert_eq!(first("isapc", ""), None);
    let nic = nets("e1000", 1);
    assert_eq!(first("isapc", &nic).unwrap(), "XML error: No PCI buses available");
}

#[test]
fn assigning_twice_changes_nothing() {
    for machine in ["q35", "pc"] {
        for devices in [
            String::new(),
            nets("virtio", 12),
            virtio_disks(40),
            format!("{}{}", ich9_group(1), nets("e1000", 3)),
        ] {
            let once = run(machine, &devices);
            let twice = assign(&once.domain, ParseMode::Define);
            assert_eq!(layout(&once), layout(&twice), "{machine} {devices}");
            assert_eq!(once.domain.devices, twice.domain.devices, "{machine} {devices}");
        }
    }
}

/// The properties that hold for random guests are tried on so many.
const RANDOM_GUESTS: u64 = 480;

/// A guest of each other machine after so many of PCs.
fn random(seed: u64) -> Revision {
    let others = other_machine::MACHINES;
    let nth = usize::try_from(seed % 64).unwrap();
    let text = match others.get(nth) {
        Some(machine) => other_machine::guest(machine, seed, "random"),
        None => random_guest::guest(seed, "random"),
    };
    Revision::build(text).unwrap()
}

#[test]
fn assigning_a_document_twice_is_assigning_it_once() {
    for seed in 0..RANDOM_GUESTS {
        let revision = random(seed);
        let result = assign(&revision.domain, ParseMode::Define);
        // libvirt adds USB controller 0 beside one of model none with another index, and refuses
        // the result when it is defined anew.
        let is_odd = |controller: &Controller| {
            controller.model.as_deref() == Some("none") && controller.index_or_zero().0 > 0
        };
        let odd = revision.domain.controllers().any(|(_, controller)| is_odd(controller));
        if odd || !result.refusals.is_empty() {
            continue;
        }
        let text = assigned_text(&revision, &result.domain);
        let again = Revision::build(text.clone()).unwrap();
        let twice = assign(&again.domain, ParseMode::Define);
        assert_eq!(twice.refusals, [], "guest {seed}");
        assert_eq!(assigned_text(&again, &twice.domain), text, "guest {seed}");
    }
}

fn assigned_text(revision: &Revision, domain: &Domain) -> String {
    let edit = plan_assignment(revision, domain, revision.domain.dialect).unwrap();
    edit.apply(revision.document.text()).unwrap()
}

#[test]
fn only_missing_things_are_added() {
    for seed in 0..RANDOM_GUESTS {
        let before = random(seed).domain;
        let after = assign(&before, ParseMode::Define).domain;
        for (old, new) in before.devices.iter().zip(&after.devices) {
            assert_eq!((old.key(), new.presence), (new.key(), old.presence), "guest {seed}");
            if let (Some(old), Some(new)) = (old.controller(), new.controller()) {
                assert!(old.index.is_none() || old.index == new.index, "guest {seed}");
                let target = &old.target;
                assert!(target.chassis.is_none() || target.chassis == new.target.chassis);
                assert!(target.port.is_none() || target.port == new.target.port);
            }
            let Some(written) = old.address().filter(|value| value.is_complete()) else { continue };
            let Some(kept) = new.address() else {
                panic!("guest {seed}: {} lost {written}", old.key())
            };
            match (written.pci(), kept.pci()) {
                // A bridge that had to be put in between moves the bus by one.
                (Some(old), Some(new)) if old.bus.0 > 0 => {
                    let moved = PciAddress { bus: ControllerIndex(old.bus.0 + 1), ..old };
                    assert!(new == old || new == moved, "guest {seed}: {old} became {new}");
                }
                (Some(old), new) => assert_eq!(Some(old), new, "guest {seed}"),
                _ => assert_eq!(written, kept, "guest {seed}"),
            }
        }
        assert!(after.devices[before.devices.len()..].iter().all(Device::is_implied));
    }
}

#[test]
fn the_verdict_takes_every_address_that_was_chosen() {
    let mut judged = 0;
    for seed in 0..RANDOM_GUESTS {
        let result = assign(&random(seed).domain, ParseMode::Define);
        if !result.refusals.is_empty() {
            continue;
        }
        let express = is_express(&result.domain);
        let tree = Topology::build(&result.domain);
        let guest = topology::Guest { domain: &result.domain, topology: &tree };
        for device in &result.domain.devices {
            let (Some(at), Some(need)) = (device.pci(), need(device, express)) else { continue };
            let stands_for_a_part = at.bus.0 == 0 && [0x01, 0x1f].contains(&at.slot.get());
            let others = PciBuses::of(guest, |other| other.key() != device.key());
            let verdict = others.verdict(need, at, Asker::Written);
            let is_part = device.controller().is_some() && stands_for_a_part;
            assert!(
                verdict.is_ok() || is_part,
                "guest {seed}: {} at {at}: {verdict:?}",
                device.key()
            );
            judged += 1;
        }
    }
    assert!(judged > 1000, "{judged}");
}

#[test]
fn numbers_from_nowhere_are_refused_and_not_counted_up_to() {
    let cases = [
        "<controller type='pci' index='4294967295' model='pcie-root-port'/>",
        "<controller type='usb' index='4294967295'/>",
        "<controller type='scsi' index='4294967295'/><controller type='scsi'/>",
        "<controller type='virtio-serial' index='4294967295' ports='4294967295'/>\
         <channel type='unix'><target type='virtio'/></channel>",
        "<disk><target dev='sda' bus='scsi'/><address type='drive' controller='4294967295'/></disk>",
        "<disk><target dev='sdzzzzzz' bus='scsi'/></disk>",
        "<hostdev type='scsi'><address type='drive' controller='4294967295' unit='4294967295'/>\
         </hostdev><hostdev type='scsi'/>",
        "<channel type='unix'><target type='virtio'/><address type='virtio-serial' \
         controller='4294967295' port='4294967295'/></channel>",
        "<smartcard mode='host'><address type='ccid' controller='0' slot='4294967295'/>\
         </smartcard><smartcard mode='host'/>",
        "<input type='tablet' bus='usb'><address type='usb' bus='4294967295' \
         port='4294967295.4294967295'/></input>",
        "<controller type='usb' index='0' model='qemu-xhci' ports='4294967295'/>\
         <input type='tablet' bus='usb'/>",
        "<sound model='ac97'><address type='pci' domain='4294967295' bus='255' slot='1'/></sound>",
        "<controller type='pci' index='1' model='pci-expander-bus'><target busNr='0'/>\
         <address type='pci' slot='3'/></controller>\
         <controller type='pci' index='2' model='pci-expander-bus'/>",
    ];
    for machine in ["q35", "pc", "isapc", "microvm"] {
        for devices in cases {
            let result = run(machine, devices);
            assert!(result.domain.devices.len() < 6000, "{machine} {devices}");
            let twice = assign(&result.domain, ParseMode::Load);
            assert!(twice.domain.devices.len() < 12000, "{machine} {devices}");
        }
    }
}

#[test]
fn ten_times_the_devices_take_ten_times_the_steps() {
    for devices in [
        |count| "<channel type='unix'><target type='virtio'/></channel>".repeat(count),
        |count| "<input type='tablet' bus='usb'/>".repeat(count),
        |count| "<hostdev type='scsi'/>".repeat(count),
        |count| nets("e1000", count),
    ] {
        let steps = |count| run("pc", &devices(count)).explanations.len();
        let (few, many) = (steps(300), steps(3000));
        assert!(many <= few * 12, "{few} and {many} steps");
    }
}
