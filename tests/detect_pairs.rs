//! Who is who in captures of real guests: with ids, without, and with less and less to go by.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

#[path = "support/captures.rs"]
mod captures;

use std::fmt::Write as _;

use captures::{answers_hmp, answers_qmp, read};
use virt_topo::detect::{Answers, Basis, Change, Facts, Pairing};
use virt_topo::edit::Revision;

const LIBVIRT: [&str; 8] = [
    "coop-q35",
    "pc-bridges",
    "pc-bridges-paused",
    "pc-drift",
    "plain-modern",
    "plain-modern-paused",
    "q35-rich",
    "q35-rich-paused",
];

fn pair(text: &str, facts: &Facts) -> (Revision, Pairing) {
    let revision = Revision::build(text).unwrap();
    let pairing = Pairing::of(&revision.domain, &revision.topology, facts);
    (revision, pairing)
}

/// The document without elements of this name that stand on one line.
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

fn story(revision: &Revision, pairing: &Pairing, facts: &Facts) -> String {
    let mut out = String::new();
    let title = |key| revision.domain.device(key).map(virt_topo::model::Device::title).unwrap();
    for pair in &pairing.pairs {
        let live =
            pair.live.and_then(|no| facts.device(no)).map(virt_topo::detect::LiveDevice::title);
        let address = pair.address.as_ref().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(
            out,
            "{:14} {:28} {:30} {:12} {:?} {address}",
            pair.device.to_string(),
            title(pair.device),
            live.unwrap_or_default(),
            pair.basis.word(),
            pair.change
        );
    }
    for group in &pairing.ambiguous {
        let _ = writeln!(out, "ambiguous {:?} {:?}", group.devices, group.live);
    }
    for key in &pairing.gone {
        let _ = writeln!(out, "gone      {key} {}", title(*key));
    }
    for key in &pairing.hidden {
        let _ = writeln!(out, "hidden    {key} {}", title(*key));
    }
    for no in &pairing.strangers {
        let _ = writeln!(out, "stranger  {}", facts.device(*no).unwrap().title());
    }
    let _ = writeln!(out, "{}", pairing.progress);
    out
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn a_live_xml_and_its_guest_agree_to_the_last_device() {
    let (mut devices, mut pairs) = (0, 0);
    for guest in LIBVIRT {
        let facts = answers_qmp(guest).facts();
        let (revision, pairing) = pair(&read(guest, "domain-live.xml"), &facts);
        let story = story(&revision, &pairing, &facts);
        assert!(pairing.ambiguous.is_empty() && pairing.hidden.is_empty(), "{guest}\n{story}");
        assert!(pairing.pairs.iter().all(|pair| pair.change == Change::Same), "{guest}\n{story}");
        if guest == "pc-drift" {
            snapshot("detect__pairs__pc-drift", &story);
        } else {
            assert!(pairing.gone.is_empty(), "{guest}\n{story}");
            assert!(pairing.strangers.is_empty(), "{guest}\n{story}");
        }
        devices += pairing.pairs.len() + pairing.gone.len();
        pairs += pairing.pairs.len();
    }
    // Two devices of pc-drift are really gone.
    assert_eq!(devices - pairs, 2);
    assert!(pairs > 170, "{pairs}");
}

#[test]
fn without_ids_the_same_devices_are_found_by_their_places() {
    for guest in LIBVIRT {
        let facts = answers_qmp(guest).facts();
        let text = read(guest, "domain-live.xml");
        let (revision, truth) = pair(&text, &facts);
        let (_, pairing) = pair(&without(&text, "alias"), &facts);
        let mut unfound = 0;
        for known in &truth.pairs {
            match pairing.of_device(known.device) {
                Some(own) => assert_eq!(own.live, known.live, "{guest} {}", known.device),
                None => unfound += 1,
            }
        }
        let story = story(&revision, &pairing, &facts);
        assert_eq!(unfound, 0, "{guest}\n{story}");
    }
}

#[test]
fn with_nothing_but_a_listing_nothing_is_matched_wrongly() {
    let (mut right, mut unsure, mut all) = (0, 0, 0);
    for guest in LIBVIRT {
        let text = read(guest, "domain-live.xml");
        let full = answers_hmp(guest).facts();
        let (revision, truth) = pair(&text, &full);
        // Neither ids nor addresses: what a document of 2009 had before detection.
        let bare = without(&without(&text, "alias"), "address");
        let listing = read(guest, "info-pci.txt");
        let nameless: String = listing
            .lines()
            .map(|line| if line.trim_start().starts_with("id ") { "      id \"\"" } else { line })
            .collect::<Vec<_>>()
            .join("\n");
        let facts = Answers::from_capture(&nameless).unwrap().facts();
        let (_, pairing) = pair(&bare, &facts);
        for known in &truth.pairs {
            let Some(live) = known.live.and_then(|no| full.device(no)) else { continue };
            let Some(pci) = live.pci.as_ref() else { continue };
            all += 1;
            let Some(own) = pairing.of_device(known.device) else {
                unsure += 1;
                continue;
            };
            let own = facts.device(own.live.unwrap()).unwrap();
            assert_eq!(own.pci.as_ref().unwrap().bus, pci.bus, "{guest} {}", known.device);
            assert_eq!(own.seat, live.seat, "{guest} {}", known.device);
            right += 1;
        }
        if guest == "q35-rich-paused" {
            snapshot("detect__pairs__q35-rich-paused-listing", &story(&revision, &pairing, &facts));
        }
    }
    assert!(right > 60, "{right} of {all} right, {unsure} unsure");
}

#[test]
fn the_guest_of_2009_is_matched_by_order_as_it_was_then() {
    let text = include_str!("../demo-domains/plain.xml");
    let facts = answers_hmp("plain-modern").facts();
    let (revision, pairing) = pair(text, &facts);
    snapshot("detect__pairs__plain-2009", &story(&revision, &pairing, &facts));
}

#[test]
fn a_guest_without_any_id_is_matched() {
    let text = read("plain-modern", "domain-live.xml");
    let bare = without(&without(&text, "alias"), "address");
    let facts = answers_qmp("bare-pc").facts();
    let (revision, pairing) = pair(&bare, &facts);
    let nics = pairing.pairs.iter().filter(|pair| pair.basis == Basis::Mac).count();
    let story = story(&revision, &pairing, &facts);
    assert_eq!(nics, 5, "{story}");
    snapshot("detect__pairs__bare-pc", &story);
}
