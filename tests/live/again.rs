//! Real QEMU: a later query finds what a first one finds, whatever was added and removed in
//! between.
//!
//! They run when `VIRT_TOPO_LIVE=1`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::harness::qemu::{self, Guest};
use crate::support::dice::Dice;
use serde_json::json;
use virt_topo::live::Facts;
use virt_topo::sources::monitor::{Limits, Link, Logged, Qmp};

/// Machines with controllers for everything that is plugged below.
const ROOMS: &[&str] = &[
    "-machine pc -nodefaults -device virtio-scsi-pci,id=vs -device lsi53c895a,id=lsi \
     -device qemu-xhci,id=xhci -device piix3-usb-uhci,id=uhci -device virtio-serial-pci,id=ser \
     -device pci-bridge,id=br,chassis_nr=9,shpc=off -device ide-cd,id=cd",
    "-machine q35 -nodefaults -device pcie-root-port,id=rp1,chassis=1 \
     -device pcie-root-port,id=rp2,chassis=2 -device pcie-root-port,id=rp3,chassis=3 \
     -device pcie-root-port,id=rp4,chassis=4 -device pcie-root-port,id=br,chassis=5 \
     -device virtio-scsi-pci,id=vs,bus=rp1 -device qemu-xhci,id=xhci,bus=rp2 \
     -device virtio-serial-pci,id=ser,bus=rp3 -device ide-cd,id=cd,bus=ide.0",
];

/// The models to plug and their buses; some have objects of their own, or make QEMU add some.
const NEWCOMERS: &[(&str, &str)] = &[
    ("scsi-hd", "vs.0"),
    ("scsi-cd", "vs.0"),
    ("scsi-hd", "lsi.0"),
    ("usb-storage", "xhci.0"),
    ("usb-tablet", "xhci.0"),
    ("usb-hub", "xhci.0"),
    ("usb-kbd", "uhci.0"),
    ("usb-tablet", "uhci.0"),
    ("virtserialport", "ser.0"),
    ("virtio-rng-pci", "br"),
    ("virtio-blk-pci", "br"),
    ("nvme", "rp4"),
    ("lsi53c895a", "pci.0"),
    ("e1000", "pci.0"),
    ("virtio-net-pci", "pci.0"),
    ("pci-bridge", "pci.0"),
];

/// One change by another client; a change that QEMU refuses does not happen. Models take turns, so
/// that each comes whatever the dice show.
fn act(qmp: &mut Qmp, dice: &mut Dice, nodes: &mut u32, turn: &mut usize) {
    let names = |qmp: &mut Qmp, container: &str| -> Vec<String> {
        let path = format!("/machine/{container}");
        let list = qmp.call("qom-list", json!({ "path": path })).unwrap();
        let names = list.as_array().unwrap().iter();
        let names = names.filter(|entry| entry["type"].as_str().unwrap().starts_with("child<"));
        names.map(|entry| format!("{path}/{}", entry["name"].as_str().unwrap())).collect()
    };
    match dice.below(20) {
        0..11 => {
            let (driver, bus) = NEWCOMERS[*turn % NEWCOMERS.len()];
            *turn += 1;
            let mut device = json!({ "driver": driver, "bus": bus });
            // Few names, so that they are taken again and again; none in the first round of turns, so
            // that no model is refused for its name alone.
            if *turn > NEWCOMERS.len() && dice.below(4) > 0 {
                device["id"] = format!("id{}", dice.below(5)).into();
            }
            if ["scsi-hd", "scsi-cd", "usb-storage", "nvme", "virtio-blk-pci"].contains(&driver) {
                *nodes += 1;
                let node = format!("node{nodes}");
                let backing =
                    json!({ "driver": "null-co", "node-name": node, "read-zeroes": true });
                qmp.call("blockdev-add", backing).unwrap();
                device["drive"] = node.into();
            }
            match driver {
                "nvme" => device["serial"] = "s".into(),
                "pci-bridge" => device["chassis_nr"] = (20 + dice.below(100)).into(),
                _ => {}
            }
            let _ = qmp.call("device_add", device);
        }
        11..17 => {
            let mut paths = names(qmp, "peripheral");
            paths.extend(names(qmp, "peripheral-anon"));
            // The controllers stay, mostly.
            paths.retain(|path| {
                path.contains("/id") || path.contains("anon") || dice.below(12) == 0
            });
            if let Some(path) = paths.get(dice.below(paths.len().max(1))) {
                let _ = qmp.call("device_del", json!({ "id": path }));
            }
        }
        // Lets go of PCI devices, and of the numbers that firmware gave.
        17 => drop(qmp.call("system_reset", json!({})).unwrap()),
        18 => {
            *nodes += 1;
            let node = format!("node{nodes}");
            let medium = json!({ "driver": "null-co", "node-name": node, "read-only": true });
            qmp.call("blockdev-add", medium).unwrap();
            let _ = qmp.call("blockdev-open-tray", json!({ "id": "cd", "force": true }));
            let _ = qmp.call("blockdev-remove-medium", json!({ "id": "cd" }));
            if dice.below(3) > 0 {
                let _ =
                    qmp.call("blockdev-insert-medium", json!({ "id": "cd", "node-name": node }));
            }
        }
        _ => {
            let runs = qmp.call("query-status", json!({})).unwrap()["running"] == true;
            qmp.call(if runs { "stop" } else { "cont" }, json!({})).unwrap();
        }
    }
}

/// Checks that devices and buses are the same in two queries; names the differences.
fn same(later: &Facts, first: &Facts, when: &str) {
    let lines = |facts: &Facts| -> Vec<String> {
        let devices = facts.devices.iter().map(|device| format!("{device:?}"));
        devices.chain(facts.buses.iter().map(|bus| format!("{bus:?}"))).collect()
    };
    let (later, first) = (lines(later), lines(first));
    let only = |own: &[String], other: &[String]| -> Vec<String> {
        own.iter().filter(|line| !other.contains(line)).cloned().collect()
    };
    let (old, new) = (only(&later, &first), only(&first, &later));
    assert!(later == first, "{when}\nonly later: {old:#?}\nonly first: {new:#?}");
}

/// The facts of a first query.
fn fresh(qmp: &mut Qmp) -> Facts {
    qmp.forget();
    qmp.facts().unwrap()
}

/// A later query, and a first one before and after which the guest was the same: a reset is carried
/// out, and a drive is removed, some time after the request.
fn both(known: &mut Qmp, other: &mut Qmp) -> (Facts, Facts) {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let before = fresh(other);
        let later = known.facts().unwrap();
        if before == fresh(other) {
            return (later, before);
        }
        assert!(Instant::now() < end, "the guest does not come to rest");
    }
}

#[test]
fn a_later_look_finds_what_a_first_one_would() {
    let Some(_leave) = qemu::leave() else { return };
    let mut models = BTreeSet::new();
    for (nth, rooms) in (0..).zip(ROOMS) {
        let guest = Guest::typed(rooms);
        let mut known = guest.qmp_at("a.qmp");
        known.facts().unwrap();
        let mut dice = Dice::new(0x9e37_79b9_7f4a_7c15 + nth);
        let (mut nodes, mut turn) = (0, 0);
        for round in 0..60 {
            let mut other = guest.qmp();
            for _ in 0..=dice.below(4) {
                act(&mut other, &mut dice, &mut nodes, &mut turn);
            }
            // A guest that runs may change between the looks: firmware maps and unmaps.
            let runs = other.call("query-status", json!({})).unwrap()["running"] == true;
            other.call("stop", json!({})).unwrap();
            let (later, first) = both(&mut known, &mut other);
            assert_eq!(later.drives, first.drives, "{rooms} round {round}");
            same(&later, &first, &format!("{rooms} round {round}"));
            if runs {
                other.call("cont", json!({})).unwrap();
            }
            models.extend(first.devices.iter().filter_map(|device| device.driver.clone()));
        }
    }
    for (model, _) in NEWCOMERS {
        assert!(models.iter().any(|own| &**own == *model), "{model} was never put in");
    }
}

#[test]
fn a_later_look_at_a_hundred_disks_takes_no_more_questions_than_at_none() {
    let Some(_leave) = qemu::leave() else { return };
    let mut arguments: Vec<String> =
        ["-machine", "pc", "-nodefaults", "-S", "-device", "virtio-scsi-pci,id=vs"]
            .map(str::to_owned)
            .to_vec();
    for nth in 0..100 {
        arguments.push("-blockdev".to_owned());
        arguments.push(format!("driver=null-co,node-name=n{nth},read-zeroes=on"));
        arguments.push("-device".to_owned());
        arguments.push(format!("scsi-hd,id=d{nth},drive=n{nth},bus=vs.0,lun={nth}"));
    }
    let guest = Guest::start(&arguments);
    let questions = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&questions);
    let count = move |logged| {
        if matches!(logged, Logged::Sent(_)) {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    };
    let asked = || questions.swap(0, Ordering::Relaxed);
    let mut link = Link::open_logged(&guest.endpoint(), Limits::default(), count).unwrap();
    asked();
    let facts = link.facts().unwrap();
    let first = asked();
    assert_eq!(link.facts().unwrap(), facts);
    let later = asked();
    let mut other = guest.qmp();
    other.call("device_del", json!({ "id": "d7" })).unwrap();
    // Another disk under the same name; the event about the first comes in 50 ms.
    let node = json!({ "driver": "null-co", "node-name": "other", "read-zeroes": true });
    other.call("blockdev-add", node).unwrap();
    let disk =
        json!({ "driver": "scsi-hd", "id": "d7", "drive": "other", "bus": "vs.0", "lun": 700 });
    other.call("device_add", disk).unwrap();
    let facts = link.facts().unwrap();
    let one = asked();
    same(&facts, &other.facts().unwrap(), "another disk");
    assert!(first > 500 && later < 20 && one < 30, "{first}, {later}, {one} questions");
}
