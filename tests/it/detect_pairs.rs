//! Matching of real guests' captures: with ids, without, and with less and less information.

use std::fmt::Write as _;

use crate::harness::captures::{answers_hmp, answers_qmp, of_libvirt, read};
use crate::harness::snapshots::snapshot;
use crate::support::guest::Guest;
use proptest::prelude::{Strategy, any, prop, prop_assert_eq, proptest};
use virt_topo::detect::{AddressDiff, MatchedBy, Matching};
use virt_topo::edit::Revision;
use virt_topo::edit::{DetectOptions, write_detected};
use virt_topo::live::{Answers, Facts};
use virt_topo::model::{DeviceClass, DeviceKey};
use virt_topo::topology::Topology;

fn pair(text: &str, facts: &Facts) -> (Revision, Matching) {
    let revision = Revision::build(text).unwrap();
    let matching = Matching::of(&revision.domain, &Topology::build(&revision.domain), facts);
    (revision, matching)
}

/// The document without one-line elements of this name.
fn without(text: &str, element: &str) -> String {
    let start = format!("<{element} ");
    text.lines().filter(|line| !line.trim_start().starts_with(&start)).fold(
        String::new(),
        |mut out, line| {
            out.push_str(line);
            out.push('\n');
            out
        },
    )
}

fn story(revision: &Revision, matching: &Matching, facts: &Facts) -> String {
    let mut out = String::new();
    let title = |key| revision.domain.device(key).map(virt_topo::model::Device::title).unwrap();
    for pair in &matching.matches {
        let live =
            pair.live.and_then(|no| facts.device(no)).map(virt_topo::live::LiveDevice::title);
        let address = pair.address.as_ref().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(
            out,
            "{:14} {:28} {:30} {:12} {:?} {address}",
            pair.device.to_string(),
            title(pair.device),
            live.unwrap_or_default(),
            pair.matched_by.as_str(),
            pair.diff
        );
    }
    for group in &matching.ambiguous {
        let _ = writeln!(out, "ambiguous {:?} {:?}", group.devices, group.live);
    }
    for key in &matching.absent {
        let _ = writeln!(out, "gone      {key} {}", title(*key));
    }
    for key in &matching.not_enumerated {
        let _ = writeln!(out, "hidden    {key} {}", title(*key));
    }
    for no in &matching.unconfigured {
        let _ = writeln!(out, "stranger  {}", facts.device(*no).unwrap().title());
    }
    let _ = writeln!(out, "{}", matching.enumeration);
    out
}

#[test]
fn a_live_xml_and_its_guest_agree_to_the_last_device() {
    let (mut devices, mut pairs) = (0, 0);
    for guest in of_libvirt() {
        let facts = answers_qmp(guest).facts();
        let (revision, matching) = pair(&read(guest, "domain-live.xml"), &facts);
        let story = story(&revision, &matching, &facts);
        assert!(
            matching.ambiguous.is_empty() && matching.not_enumerated.is_empty(),
            "{guest}\n{story}"
        );
        assert!(
            matching.matches.iter().all(|pair| pair.diff == AddressDiff::Same),
            "{guest}\n{story}"
        );
        if guest == "pc-drift" {
            snapshot("detect__pairs__pc-drift", &story);
        } else {
            assert!(matching.absent.is_empty(), "{guest}\n{story}");
            assert!(matching.unconfigured.is_empty(), "{guest}\n{story}");
        }
        devices += matching.matches.len() + matching.absent.len();
        pairs += matching.matches.len();
    }
    // Two devices of pc-drift are really gone.
    assert_eq!(devices - pairs, 2);
    assert!(pairs > 170, "{pairs}");
}

#[test]
fn without_ids_the_same_devices_are_found_by_their_places() {
    for guest in of_libvirt() {
        let facts = answers_qmp(guest).facts();
        let text = read(guest, "domain-live.xml");
        let (revision, truth) = pair(&text, &facts);
        let (_, matching) = pair(&without(&text, "alias"), &facts);
        let mut unfound = 0;
        for known in &truth.matches {
            match matching.of_device(known.device) {
                Some(own) => assert_eq!(own.live, known.live, "{guest} {}", known.device),
                None => unfound += 1,
            }
        }
        let story = story(&revision, &matching, &facts);
        assert_eq!(unfound, 0, "{guest}\n{story}");
    }
}

#[test]
fn with_nothing_but_a_listing_nothing_is_matched_wrongly() {
    let (mut right, mut unsure, mut all) = (0, 0, 0);
    for guest in of_libvirt() {
        let text = read(guest, "domain-live.xml");
        let full = answers_hmp(guest).facts();
        let (revision, truth) = pair(&text, &full);
        // Neither ids nor addresses: a document of 2009 before detection.
        let bare = without(&without(&text, "alias"), "address");
        let listing = read(guest, "info-pci.txt");
        let nameless: String = listing
            .lines()
            .map(|line| if line.trim_start().starts_with("id ") { "      id \"\"" } else { line })
            .collect::<Vec<_>>()
            .join("\n");
        let facts = Answers::from_capture(&nameless).unwrap().facts();
        let (_, matching) = pair(&bare, &facts);
        for known in &truth.matches {
            let Some(live) = known.live.and_then(|no| full.device(no)) else { continue };
            let Some(pci) = live.pci.as_ref() else { continue };
            all += 1;
            let Some(own) = matching.of_device(known.device) else {
                unsure += 1;
                continue;
            };
            let own = facts.device(own.live.unwrap()).unwrap();
            assert_eq!(own.pci.as_ref().unwrap().bus, pci.bus, "{guest} {}", known.device);
            assert_eq!(own.address, live.address, "{guest} {}", known.device);
            right += 1;
        }
        if guest == "q35-rich-paused" {
            snapshot(
                "detect__pairs__q35-rich-paused-listing",
                &story(&revision, &matching, &facts),
            );
        }
    }
    assert!(right > 60, "{right} of {all} right, {unsure} unsure");
}

#[test]
fn the_guest_of_2009_is_matched_by_order_as_it_was_then() {
    let text = include_str!("../../demo-domains/plain.xml");
    let facts = answers_hmp("plain-modern").facts();
    let (revision, matching) = pair(text, &facts);
    snapshot("detect__pairs__plain-2009", &story(&revision, &matching, &facts));
}

#[test]
fn a_guest_without_any_id_is_matched() {
    let text = read("plain-modern", "domain-live.xml");
    let bare = without(&without(&text, "alias"), "address");
    let facts = answers_qmp("bare-pc").facts();
    let (revision, matching) = pair(&bare, &facts);
    let nics = matching.matches.iter().filter(|pair| pair.matched_by == MatchedBy::Mac).count();
    let story = story(&revision, &matching, &facts);
    assert_eq!(nics, 5, "{story}");
    snapshot("detect__pairs__bare-pc", &story);
}

#[test]
fn a_nic_of_another_mac_is_not_the_one_that_was_taken_out() {
    // Only its model identifies it: the XML has neither its place nor its name.
    let bare = without(&without(&read("coop-q35", "domain-live.xml"), "alias"), "address");
    let nic = |mac: &str| bare.replace("52:54:00:66:00:01", mac);
    let facts = answers_qmp("coop-q35").facts();
    let (revision, same) = pair(&nic("52:54:00:66:00:01"), &facts);
    assert!(same.absent.is_empty(), "{}", story(&revision, &same, &facts));
    let (revision, other) = pair(&nic("52:54:00:12:34:56"), &facts);
    let told = story(&revision, &other, &facts);
    assert_eq!(
        (other.absent.len(), other.unconfigured.len()),
        (1, same.unconfigured.len() + 1),
        "{told}"
    );
}

#[test]
fn a_disk_of_another_medium_is_not_the_one_that_was_fixed_elsewhere() {
    let text = without(&read("coop-q35", "domain-live.xml"), "alias");
    let facts = answers_qmp("coop-q35").facts();
    let (_, same) = pair(&text, &facts);
    let other = text.replace("lv2.qcow2", "other.qcow2");
    // At its place a disk is the one that is configured, whatever is in it.
    let (revision, snapshot) = pair(&other, &facts);
    assert!(snapshot.absent.is_empty(), "{}", story(&revision, &snapshot, &facts));
    let (revision, moved) = pair(&other.replace("unit='1'/>", "unit='5'/>"), &facts);
    let told = story(&revision, &moved, &facts);
    assert_eq!(
        (moved.absent.len(), moved.unconfigured.len()),
        (1, same.unconfigured.len() + 1),
        "{told}"
    );
}

/// Devices of an XML, and functions of a listing, that may or may not be each other.
fn guests() -> impl Strategy<Value = (String, String)> {
    let device = (0..6usize, any::<bool>(), 0..3u32, 0..32u32);
    let function = (0..6usize, 0..3u32, 0..32u32, 0..3u32);
    let devices = prop::collection::vec(device, 0..12);
    let functions = prop::collection::vec(function, 0..16);
    (devices, functions).prop_map(|(devices, functions)| {
        let models = ["e1000", "virtio", "rtl8139", "e1000e", "igb", "pcnet"];
        let ids = ["8086:100e", "1af4:1000", "10ec:8139", "8086:10d3", "1b36:0001", "1022:2000"];
        let mut guest =
            Guest::new("pc").with("<controller type='pci' index='0' model='pci-root'/>");
        for (model, placed, bus, slot) in devices {
            let address = format!("<address type='pci' bus='{bus}' slot='{slot}'/>");
            guest.interface(models[model], if placed { &address } else { "" });
        }
        let mut listing = String::new();
        for (id, bus, slot, behind) in functions {
            let _ = write!(
                listing,
                "  Bus {bus:2}, device {slot:3}, function 0:\n    Class 0200: PCI device {}\n",
                ids[id]
            );
            if id == 4 {
                let _ = write!(listing, "      BUS {bus}.\n      secondary bus {behind}.\n");
            }
        }
        (guest.text(), listing)
    })
}

/// Real guests of machines with more than PCI, from a human monitor.
#[test]
fn channels_and_virtual_io_are_matched_by_id_and_by_place() {
    for guest in ["s390x-ccw", "pseries-vio"] {
        let facts = answers_hmp(guest).facts();
        let (revision, matching) = pair(&read(guest, "guest.xml"), &facts);
        snapshot(&format!("detect__pairs__{guest}"), &story(&revision, &matching, &facts));
    }
}

#[test]
fn a_document_made_from_channels_or_virtual_io_says_the_same() {
    for guest in ["s390x-ccw", "pseries-vio"] {
        let facts = answers_hmp(guest).facts();
        let made = virt_topo::edit::document_from_live(&facts).unwrap();
        assert_eq!(made.left_out, [""; 0], "{guest}");
        let (_, matching) = pair(made.revision.document.text(), &facts);
        assert_eq!(matching.unconfigured, [], "{guest}");
        let moved = matching.matches.iter().filter(|pair| pair.diff != AddressDiff::Same);
        assert_eq!(moved.count(), 0, "{guest}");
    }
}

proptest! {
    #[test]
    fn nobody_is_matched_twice_and_nobody_is_forgotten((text, listing) in guests()) {
        let facts = Answers { info_pci: Some(listing), ..Answers::default() }.facts();
        let (revision, matching) = pair(&text, &facts);
        let mut live: Vec<_> = matching.matches.iter().filter_map(|pair| pair.live).collect();
        live.extend(&matching.unconfigured);
        live.extend(matching.ambiguous.iter().flat_map(|group| &group.live));
        live.extend(matching.parts.iter().map(|(no, _)| *no).filter(|no| matching.of_live(*no).is_none()));
        let all = live.len();
        live.sort_unstable();
        live.dedup();
        prop_assert_eq!(live.len(), all, "{:?}", matching);
        let addressed = facts.numbered().filter(|(no, _)| facts.has_address(*no)).count();
        prop_assert_eq!(all, addressed);
        let mut devices: Vec<_> = matching.matches.iter().map(|pair| pair.device).collect();
        devices.extend(&matching.absent);
        devices.extend(&matching.not_enumerated);
        devices.extend(matching.ambiguous.iter().flat_map(|group| &group.devices));
        let all = devices.len();
        devices.sort_unstable();
        devices.dedup();
        prop_assert_eq!(devices.len(), all);
        let root = usize::from(facts.main_root().is_none());
        prop_assert_eq!(all, revision.domain.devices.len() - root * usize::from(!matching.absent.iter().any(|key| key.class == virt_topo::model::DeviceClass::Controller)));
        // Written addresses are found again at the same place.
        let written = write_detected(&revision, &matching, &facts, &DetectOptions::default()).unwrap();
        let after = written.edit.apply(revision.document.text()).unwrap();
        let (_, again) = pair(&after, &facts);
        for known in &matching.matches {
            let own = again.of_device(known.device);
            prop_assert_eq!(own.and_then(|own| own.live), known.live, "{}", after);
        }
    }
}

/// The guest of `pc-isa` from its human monitor, without ids.
fn nameless_isa() -> Facts {
    let mut answers = answers_hmp("pc-isa");
    let tree = answers.qtree.take().unwrap();
    let line = |line: &str| match line.split_once(", id ") {
        Some((device, _)) => format!("{device}, id \"\"\n"),
        None => format!("{line}\n"),
    };
    answers.qtree = Some(tree.lines().map(line).collect());
    answers.facts()
}

#[test]
fn ports_on_isa_without_ids_are_told_by_their_numbers() {
    let text = without(&read("pc-isa", "domain-live.xml"), "alias");
    let facts = nameless_isa();
    let (revision, matching) = pair(&text, &facts);
    snapshot("detect__pairs__pc-isa-nameless", &story(&revision, &matching, &facts));
    let port = |serial: u32| {
        let live = matching.of_device(DeviceKey::new(DeviceClass::Serial, serial)).unwrap().live;
        facts.device(live.unwrap()).unwrap().address.to_string()
    };
    // COM1 comes before COM2, although its ports have the higher numbers.
    assert_eq!([port(0), port(1), port(2)], ["0x3f8 irq 0x4", "0x2f8 irq 0x3", "0x402"]);
}

#[test]
fn ports_on_isa_that_run_elsewhere_have_moved_and_those_taken_out_are_strangers() {
    let text = read("pc-isa", "domain-live.xml");
    let facts = answers_qmp("pc-isa").facts();
    let (_, matching) = pair(&text.replace("iobase='0x402'", "iobase='0x403'"), &facts);
    let debug = matching.of_device(DeviceKey::new(DeviceClass::Serial, 2)).unwrap();
    assert_eq!((debug.diff, debug.matched_by), (AddressDiff::Moved, MatchedBy::Alias));
    assert_eq!(debug.address.as_ref().unwrap().to_string(), "isa 0x402");

    let mut text = text;
    for element in ["parallel", "sound", "sound"] {
        let end = format!("</{element}>");
        let (start, stop) = (text.find(&format!("<{element} ")).unwrap(), text.find(&end).unwrap());
        text.replace_range(start..stop + end.len(), "");
    }
    let (_, matching) = pair(&text, &facts);
    let drivers: Vec<&str> = matching
        .unconfigured
        .iter()
        .map(|no| facts.device(*no).unwrap().driver.as_deref().unwrap())
        .collect();
    // The speaker is on every board.
    assert_eq!(drivers, ["isa-parallel", "sb16"]);
    assert!(matching.absent.is_empty());
}
