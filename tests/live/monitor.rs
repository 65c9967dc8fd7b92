//! Real QEMU: detection compared with `info qtree`, freezing, random guests.
//!
//! They run when `VIRT_TOPO_LIVE=1`.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::harness::devices::{Device, arguments, xml};
use crate::harness::qemu::{self, Guest};
use crate::harness::random;
use serde_json::json;
use virt_topo::detect::{AddressDiff, Matching};
use virt_topo::edit::{DetectOptions, Revision, document_from_live, write_detected};
use virt_topo::live::{Enumeration, Facts, LiveBusKind, QdevAddress};
use virt_topo::topology::Topology;

/// The guest of the e-mail, as it would be started by hand today.
const OF_2009: &str = "-machine pc -vga cirrus -usb \
    -net nic,model=ne2k_pci,macaddr=52:54:00:5b:ef:21 -net nic,model=virtio,macaddr=52:54:00:1c:dc:98 \
    -net nic,model=e1000,macaddr=52:54:00:f7:c5:0e -net nic,model=pcnet,macaddr=52:54:00:56:6c:55 \
    -net nic,model=rtl8139,macaddr=52:54:00:ca:0d:58 -net user -audiodev none,id=a \
    -device AC97,audiodev=a -device ES1370,audiodev=a \
    -drive file=@DIR@/0.img,format=raw,if=none,id=s0 -drive file=@DIR@/1.img,format=raw,if=none,id=s3 \
    -drive file=@DIR@/2.img,format=raw,if=none,id=s5 -device lsi -device scsi-hd,drive=s0,scsi-id=0 \
    -device scsi-hd,drive=s3,scsi-id=3 -device scsi-hd,drive=s5,scsi-id=5 \
    -drive file=@DIR@/3.img,format=raw,if=virtio -cdrom @DIR@/4.img -device i6300esb \
    -device usb-hub -device usb-tablet -device usb-mouse";

/// Everything that makes a PCI Express guest hard to read.
const Q35: &str = "-machine q35 -nodefaults \
    -device pcie-root-port,id=pci.1,chassis=1,bus=pcie.0,addr=2.0,multifunction=on \
    -device pcie-root-port,id=pci.2,chassis=2,bus=pcie.0,addr=2.1 \
    -device pcie-root-port,id=pci.3,chassis=3,bus=pcie.0,addr=2.2 \
    -device pcie-root-port,id=pci.4,chassis=4,bus=pcie.0,addr=2.3 \
    -device pcie-pci-bridge,id=pci.5,bus=pci.3 -device pci-bridge,id=pci.6,chassis_nr=6,bus=pci.5,addr=4 \
    -device pci-bridge,id=pci.7,chassis_nr=7,bus=pci.6,addr=2 \
    -device virtio-scsi-pci,id=scsi0,bus=pci.1 -device nvme,id=nvme0,serial=n,drive=nv,bus=pci.2 \
    -drive file=@DIR@/0.img,format=raw,if=none,id=nv \
    -drive file=@DIR@/1.img,format=raw,if=none,id=d1 -drive file=@DIR@/2.img,format=raw,if=none,id=d2 \
    -device scsi-hd,id=scsi0-0-0-1,drive=d1,bus=scsi0.0,channel=0,scsi-id=0,lun=1 \
    -device scsi-hd,id=scsi0-0-2-7,drive=d2,bus=scsi0.0,channel=0,scsi-id=2,lun=7 \
    -device qemu-xhci,id=usb,bus=pci.4 -device usb-hub,id=hub0,bus=usb.0,port=1 \
    -device usb-hub,id=hub1,bus=usb.0,port=1.3 -device usb-tablet,id=input0,bus=usb.0,port=1.3.2 \
    -device e1000,id=net0,bus=pci.6,addr=5.0,multifunction=on,mac=52:54:00:00:00:01 \
    -device e1000,id=net1,bus=pci.6,addr=5.1,mac=52:54:00:00:00:02 \
    -device virtio-rng-pci,id=rng0,bus=pci.7,addr=1f \
    -device pxb-pcie,id=pci.8,bus_nr=128,bus=pcie.0,addr=8 -device pcie-root-port,id=pci.9,chassis=9,bus=pci.8,addr=0 \
    -device virtio-net-pci,id=net2,bus=pci.9,mac=52:54:00:00:00:03";

/// The devices of `info qtree`, parsed without the program: bus, model, id, place.
fn qtree(text: &str) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    let mut bus: Vec<(usize, String)> = Vec::new();
    let mut device = (String::new(), String::new());
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let line = line.trim();
        if let Some(name) = line.strip_prefix("bus: ") {
            bus.retain(|(at, _)| *at < indent);
            bus.push((indent, name.to_owned()));
        } else if let Some(rest) = line.strip_prefix("dev: ") {
            bus.retain(|(at, _)| *at < indent);
            let (driver, id) = rest.split_once(", id ").unwrap();
            device = (driver.to_owned(), id.trim_matches('"').to_owned());
        } else if let Some(place) = line.strip_prefix("addr = ") {
            let bus = bus.last().unwrap().1.clone();
            found.push((format!("{bus} {place}"), device.0.clone(), device.1.clone()));
        }
    }
    found.sort();
    found
}

fn places(facts: &Facts) -> Vec<(String, String, String)> {
    let mut found: Vec<_> = facts
        .devices
        .iter()
        .filter(|device| matches!(device.address, QdevAddress::Pci(..)))
        .map(|device| {
            let bus = facts.bus(device.bus.unwrap()).unwrap().name.clone().unwrap();
            let driver = device.driver.clone().unwrap().to_string();
            let id = device.id.clone().map(|id| id.to_string()).unwrap_or_default();
            (format!("{bus} {}", device.address), driver, id)
        })
        .collect();
    found.sort();
    found
}

/// Waits until firmware has counted the buses.
fn counted(qmp: &mut virt_topo::sources::monitor::Qmp) -> Facts {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let facts = qmp.facts().unwrap();
        if Enumeration::of(&facts) == Enumeration::Counted {
            return facts;
        }
        assert!(Instant::now() < end, "firmware does not count");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn every_detected_address_is_the_one_in_the_device_tree() {
    let Some(_leave) = qemu::leave() else { return };
    for line in [OF_2009, Q35] {
        for paused in [true, false] {
            let line = if paused { format!("{line} -S") } else { line.to_owned() };
            let guest = Guest::typed(&line);
            let mut qmp = guest.qmp();
            let facts = if paused { qmp.facts().unwrap() } else { counted(&mut qmp) };
            let tree = qtree(&qmp.human("info qtree").unwrap());
            assert_eq!(places(&facts), tree, "QMP");
            assert!(tree.len() > 14, "{tree:?}");
            let human = guest.link("hmp").facts().unwrap();
            assert_eq!(places(&human), tree, "HMP");
            let document =
                |facts| document_from_live(facts).unwrap().revision.document.text().to_string();
            assert_eq!(document(&human), document(&facts));
            // Numbers and places of both languages agree function by function.
            for (a, b) in facts.numbered().map(|(_, a)| a).filter(|a| a.id.is_some()).map(|a| {
                let b = human.devices.iter().find(|b| b.id == a.id && b.driver == a.driver);
                (a, b.unwrap_or_else(|| panic!("{a:?}")))
            }) {
                assert_eq!((a.address, &a.mac), (b.address, &b.mac));
                let told = |pci: &Option<virt_topo::live::PciFacts>| {
                    pci.as_ref()
                        .map(|pci| (pci.id, pci.class, pci.bus, pci.bridge.map(|b| b.secondary)))
                };
                assert_eq!(told(&a.pci), told(&b.pci), "{:?}", a.id);
            }
            let expected =
                matches!(Enumeration::of(&facts), Enumeration::NotCounted { runs: false, .. });
            assert_eq!(expected, paused && line.contains("q35"));
        }
    }
}

/// A document made from the guest alone: everything adopted.
fn made(facts: &Facts) -> Revision {
    let made = document_from_live(facts).unwrap();
    assert!(made.left_out.is_empty(), "{:?}", made.left_out);
    Revision::build(made.revision.document.text().clone()).unwrap()
}

#[test]
fn a_document_made_from_a_guest_says_what_the_guest_is() {
    let Some(_leave) = qemu::leave() else { return };
    for line in [OF_2009, Q35] {
        let guest = Guest::typed(line);
        let facts = counted(&mut guest.qmp());
        let revision = made(&facts);
        let matching = Matching::of(&revision.domain, &Topology::build(&revision.domain), &facts);
        let text = revision.document.text();
        assert!(matching.is_same(), "{matching:#?}\n{text}");
        // The guest's bus numbers are those that the program forecasts from the document.
        for pair in &matching.matches {
            let Some(live) = pair.live.and_then(|no| facts.device(no)) else { continue };
            let Some(bus) = live.pci.as_ref().and_then(|pci| pci.bus) else { continue };
            let node = revision.topology.node_of(pair.device).unwrap();
            if let Some(forecast) = revision.topology.guest_address(node) {
                assert_eq!(forecast.bus, bus, "{} in\n{text}", pair.device);
            }
        }
    }
}

/// The guest's listing without the parts that depend on its memory layout.
fn listing(qmp: &mut virt_topo::sources::monitor::Qmp) -> String {
    // Firmware goes on with BARs and interrupts when it has counted buses.
    let (mut listing, mut since) = (String::new(), Instant::now());
    while since.elapsed() < Duration::from_secs(2) {
        let now = qmp.human("info pci").unwrap();
        if now != listing {
            (listing, since) = (now, Instant::now());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    listing
}

#[test]
fn a_guest_that_is_started_with_the_frozen_addresses_is_the_same() {
    let Some(_leave) = qemu::leave() else { return };
    for (machine, devices) in [("pc,usb=off", simple("pci.0")), ("q35,usb=off", behind_ports())] {
        let mut line = arguments(machine, &devices, true);
        line.retain(|argument| argument != "-S");
        let first = Guest::start(&line);
        let mut qmp = first.qmp();
        let facts = counted(&mut qmp);
        let before = listing(&mut qmp);
        drop(first);
        // Detected addresses go into the document; from there they go to the next start, with the
        // devices in another order, so that nothing but the addresses can keep them in place.
        let text = xml(machine, &devices, true, false);
        let revision = Revision::build(text.as_str()).unwrap();
        let matching = Matching::of(&revision.domain, &Topology::build(&revision.domain), &facts);
        let options = DetectOptions { freeze: true, ..DetectOptions::default() };
        let edit = write_detected(&revision, &matching, &facts, &options).unwrap().edit;
        let frozen = Revision::build(edit.apply(&text).unwrap()).unwrap();
        let mut again: Vec<Device> = devices.clone();
        for device in &mut again {
            let own =
                frozen.domain.devices.iter().find(|own| own.alias.as_deref() == Some(&device.id));
            let at = own
                .unwrap()
                .pci()
                .unwrap_or_else(|| panic!("{} in\n{}", device.id, frozen.document.text()));
            let bus = match at.bus.0 {
                0 if machine.starts_with("q35") => "pcie.0".to_owned(),
                index => format!("pci.{index}"),
            };
            device.bus = Some(bus);
            device.place = Some(format!("addr={:x}.{:x}", at.slot.get(), at.function.get()));
        }
        let (ports, mut others): (Vec<Device>, Vec<Device>) =
            again.into_iter().partition(|device| device.driver == "pcie-root-port");
        others.reverse();
        let again: Vec<Device> = ports.into_iter().chain(others).collect();
        let mut line = arguments(machine, &again, true);
        line.retain(|argument| argument != "-S");
        let second = Guest::start(&line);
        let mut qmp = second.qmp();
        counted(&mut qmp);
        assert_eq!(listing(&mut qmp), before, "{machine}");
    }
}

fn nic(id: &str, driver: &'static str, model: &str, mac: u32) -> Device {
    let mac = format!("52:54:00:00:{:02x}:{:02x}", mac >> 8, mac & 0xff);
    Device::new(
        id,
        driver,
        "interface type='user'",
        &format!("<mac address='{mac}'/><model type='{model}'/>"),
        "interface",
    )
    .with(&format!("mac={mac}"))
}

/// Devices without given addresses.
fn simple(bus: &str) -> Vec<Device> {
    let _ = bus;
    vec![
        nic("net0", "e1000", "e1000", 1),
        nic("net1", "virtio-net-pci", "virtio", 2),
        nic("net2", "e1000", "e1000", 3),
        Device::new(
            "scsi0",
            "lsi53c895a",
            "controller type='scsi' index='0' model='lsilogic'",
            "",
            "controller",
        ),
        Device::new(
            "rng0",
            "virtio-rng-pci",
            "rng model='virtio'",
            "<backend model='random'>/dev/urandom</backend>",
            "rng",
        ),
        Device::new("watchdog0", "i6300esb", "watchdog model='i6300esb'", "", "watchdog"),
        Device::new(
            "balloon0",
            "virtio-balloon-pci",
            "memballoon model='virtio'",
            "",
            "memballoon",
        ),
    ]
}

fn behind_ports() -> Vec<Device> {
    let mut devices: Vec<Device> = (1..=4)
        .map(|index| {
            Device::new(
                &format!("pci.{index}"),
                "pcie-root-port",
                &format!("controller type='pci' index='{index}' model='pcie-root-port'"),
                "",
                "controller",
            )
            .with(&format!("chassis={index}"))
        })
        .collect();
    devices.push(nic("net0", "e1000e", "e1000e", 1).on("pci.3"));
    devices.push(nic("net1", "virtio-net-pci", "virtio", 2).on("pci.1"));
    devices.push(
        Device::new(
            "rng0",
            "virtio-rng-pci",
            "rng model='virtio'",
            "<backend model='random'>/dev/urandom</backend>",
            "rng",
        )
        .on("pci.4"),
    );
    devices.push(nic("net2", "virtio-net-pci", "virtio", 3));
    devices
}

#[test]
fn the_command_detects_freezes_and_draws() {
    let Some(_leave) = qemu::leave() else { return };
    let guest = Guest::typed(OF_2009);
    let monitor = guest.path("a.qmp");
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_virt-topo"))
            .args(arguments)
            .args(["--monitor", monitor.to_str().unwrap()])
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, drawn, error) = run(&["detect"]);
    assert_eq!(code, Some(0), "{error}");
    for device in ["net ne2k_pci", "sound es1370", "scsi 0 lsilogic", "hub usb", "input tablet"] {
        assert!(drawn.contains(device), "{device} in\n{drawn}");
    }
    let (code, text, error) = run(&["detect", "demo:plain", "--freeze"]);
    assert_eq!(code, Some(0), "{error}");
    assert!(!text.contains("' mode='dynamic' "), "{text}");
    assert!(
        text.contains("<address type='pci' mode='static' domain='0x0000' bus='0x00' slot='0x0a'"),
        "{text}"
    );
    let (code, skeleton, error) = run(&["detect", "--emit-xml"]);
    assert_eq!(code, Some(0), "{error}");
    Revision::build(skeleton).unwrap();
    let (code, json, _) = run(&["detect", "--format", "json"]);
    assert_eq!(code, Some(0));
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&json).unwrap()["schema"],
        json!("virt-topo/show")
    );
}

#[test]
fn fifty_random_guests_are_matched_and_none_wrongly() {
    let Some(_leave) = qemu::leave() else { return };
    let (mut all, mut known, mut told) = (0, 0, 0);
    for seed in 0..50 {
        let (machine, devices) = random::guest(seed);
        let guest = Guest::start(&arguments(machine, &devices, true));
        let facts = guest.qmp().facts().unwrap();
        drop(guest);
        let seat_of = |facts: &Facts, no| {
            let device = facts.device(no).unwrap();
            (
                device.bus.and_then(|bus| facts.bus(bus)).and_then(|bus| bus.path.clone()),
                device.address,
            )
        };
        // With ids: everything, at its place.
        let text = xml(machine, &devices, true, false);
        let revision = Revision::build(text.as_str()).unwrap();
        let truth = Matching::of(&revision.domain, &Topology::build(&revision.domain), &facts);
        assert!(truth.ambiguous.is_empty() && truth.absent.is_empty(), "{seed} {truth:#?}\n{text}");
        // QEMU puts a hub before the last port of a USB controller by itself.
        let hub = |driver: &Option<Box<str>>| driver.as_deref() == Some("usb-hub");
        let strangers = truth.unconfigured.iter().filter_map(|no| facts.device(*no));
        let strangers: Vec<_> = strangers.filter(|device| !hub(&device.driver)).collect();
        assert!(strangers.is_empty(), "{seed} {strangers:#?}");
        // Without: ids, MAC addresses and names of objects are taken away.
        let mut nameless = facts.clone();
        for device in &mut nameless.devices {
            (device.id, device.path, device.mac) = (None, None, None);
        }
        let text = xml(machine, &devices, false, true);
        let revision = Revision::build(text.as_str()).unwrap();
        let matching =
            Matching::of(&revision.domain, &Topology::build(&revision.domain), &nameless);
        for pair in &truth.matches {
            let Some(live) = pair.live else { continue };
            all += 1;
            match matching.of_device(pair.device) {
                Some(own) => {
                    let own = seat_of(&facts, own.live.unwrap());
                    assert_eq!(own, seat_of(&facts, live), "seed {seed} {}\n{text}", pair.device);
                    known += 1;
                }
                None => {
                    let unsure =
                        matching.ambiguous.iter().any(|group| group.devices.contains(&pair.device));
                    assert!(
                        unsure,
                        "seed {seed}: {} is neither matched nor ambiguous\n{text}",
                        pair.device
                    );
                    told += 1;
                }
            }
        }
    }
    println!("{all} devices without ids: {known} matched, {told} ambiguous, 0 wrong");
    assert!(known * 100 >= all * 95, "{known} of {all} matched");
}

#[test]
fn an_xml_with_stale_addresses_is_told_what_moved() {
    let Some(_leave) = qemu::leave() else { return };
    let devices = simple("pci.0");
    let guest = Guest::start(&arguments("pc,usb=off", &devices, true));
    let facts = guest.qmp().facts().unwrap();
    let mut stale = devices.clone();
    for (nth, device) in (0x10..).zip(&mut stale) {
        *device = device.clone().at(0, "pci.0", nth, 0);
    }
    let text = xml("pc,usb=off", &stale, true, true);
    let revision = Revision::build(text.as_str()).unwrap();
    let matching = Matching::of(&revision.domain, &Topology::build(&revision.domain), &facts);
    let moved = matching.matches.iter().filter(|pair| pair.diff == AddressDiff::Moved).count();
    assert_eq!(moved, devices.len());
    assert!(facts.buses.iter().any(|bus| bus.kind == LiveBusKind::Pci));
}
