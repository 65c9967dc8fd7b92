//! Facts from captures of real guests: the same from every language a monitor speaks.

use crate::harness::captures::{GUESTS, answers_hmp, answers_qmp, read};
use crate::harness::snapshots::snapshot;
use proptest::prelude::*;
use virt_topo::live::{self, Answers, Enumeration, Facts, LiveBusKind, QdevAddress};

/// The devices with their places, as text.
fn lines(facts: &Facts) -> Vec<String> {
    let mut lines: Vec<String> = facts
        .numbered()
        .filter(|(no, _)| facts.has_address(*no))
        .map(|(_, device)| {
            let bus = device.bus.and_then(|bus| facts.bus(bus)).and_then(|bus| bus.name.clone());
            let pci = device.pci.clone().unwrap_or_default();
            let id = pci.id.map(|id| id.to_string()).unwrap_or_default();
            let class = pci.class.map(|class| format!("{class:04x}")).unwrap_or_default();
            format!(
                "{} {} {} {id} {class} {}",
                bus.unwrap_or_default(),
                device.address,
                device.id.clone().unwrap_or_default(),
                device.driver.clone().unwrap_or_default()
            )
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn both_listings_of_a_guest_say_the_same() {
    for guest in GUESTS {
        let text = live::info_pci(&read(guest, "info-pci.txt"));
        let json = live::query_pci(&serde_json::from_str(&read(guest, "query-pci.json")).unwrap());
        assert_eq!(text.len(), json.len(), "{guest}");
        for (text, mut json) in text.into_iter().zip(json) {
            // The text omits unused values: an interrupt without a pin, a bridge's subsystem.
            if json.pci.pin.is_none() {
                json.pci.irq = None;
            }
            if json.pci.bridge.is_some() {
                json.pci.subsystem = None;
            }
            assert_eq!(text, json, "{guest}");
        }
    }
}

#[test]
fn objects_and_the_device_tree_of_a_guest_say_the_same() {
    for guest in GUESTS {
        let (qmp, hmp) = (answers_qmp(guest).facts(), answers_hmp(guest).facts());
        let (qmp, hmp) = (lines(&qmp), lines(&hmp));
        assert_eq!(qmp, hmp, "{guest}");
        assert!(qmp.len() >= 14, "{guest}: {}", qmp.len());
    }
}

#[test]
fn a_paused_guest_shows_the_same_places_as_a_running_one() {
    for guest in ["plain-modern", "q35-rich", "pc-bridges", "bare-pc"] {
        let paused = answers_qmp(&format!("{guest}-paused")).facts();
        assert_eq!(lines(&paused), lines(&answers_qmp(guest).facts()), "{guest}");
        let expected = matches!(guest, "q35-rich" | "pc-bridges");
        let progress = Enumeration::of(&paused);
        assert_eq!(
            matches!(progress, Enumeration::NotCounted { runs: false, .. }),
            expected,
            "{guest}"
        );
        assert_eq!(Enumeration::of(&answers_qmp(guest).facts()), Enumeration::Counted);
    }
}

#[test]
fn facts_of_a_rich_guest() {
    let facts = answers_qmp("q35-rich").facts();
    snapshot("detect__facts__q35-rich", &lines(&facts).join("\n"));
}

#[test]
fn a_bare_listing_has_its_buses_and_nothing_else() {
    let facts = Answers::from_capture(&read("pc-bridges", "info-pci.txt")).unwrap().facts();
    assert!(!facts.has_tree);
    assert!(facts.buses.iter().all(|bus| bus.kind == LiveBusKind::Pci));
    assert_eq!(
        facts
            .devices
            .iter()
            .filter(|device| matches!(device.address, QdevAddress::Pci(..)))
            .count(),
        facts.devices.len()
    );
    assert!(Answers::from_capture("<domain/>").is_err());
}

#[test]
fn what_was_parsed_of_real_guests_survives_any_cut() {
    for guest in ["q35-rich", "bare-pc"] {
        for name in ["info-pci.txt", "info-qtree.txt", "info-usb.txt", "info-block.txt"] {
            let text = read(guest, name);
            for end in (0..text.len()).step_by(97).filter(|end| text.is_char_boundary(*end)) {
                parse_all(text.get(..end).unwrap());
            }
        }
    }
}

fn parse_all(text: &str) {
    let answers = Answers {
        qtree: Some(text.to_owned()),
        info_pci: Some(text.to_owned()),
        info_usb: Some(text.to_owned()),
        info_block: Some(text.to_owned()),
        info_network: Some(text.to_owned()),
        info_memory: Some(text.to_owned()),
        info_status: Some(text.to_owned()),
        info_version: Some(text.to_owned()),
        ..Answers::default()
    };
    let facts = answers.facts();
    let _ = Enumeration::of(&facts);
    for (no, _) in facts.numbered() {
        let _ = (facts.has_address(no), facts.medium(no));
    }
    let _ = Answers::from_capture(text).map(Answers::facts);
}

/// Text similar to a monitor's output.
fn nearly() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "Bus",
        "device",
        "function",
        ":",
        ",",
        ".",
        " ",
        "  ",
        "    ",
        "\n",
        "\r\n",
        "0",
        "1",
        "255",
        "99999999999",
        "PCI bridge: PCI device ",
        "8086:7113",
        "BUS ",
        "secondary bus ",
        "BAR0",
        ": I/O at 0x",
        "id \"",
        "\"",
        "bus: ",
        "dev: ",
        "type PCI",
        "addr = ",
        "busnr = ",
        "0c.0",
        "class ",
        "Device 0.1, Port ",
        "Product ",
        "ID: ",
        "Attached to:",
        "type=nic,macaddr=",
        "\u{0}",
        "é",
        "[",
        "]",
        "(",
        ")",
    ]);
    prop::collection::vec(word, 0..60).prop_map(|words| words.concat())
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (0u32..40).prop_map(Into::into),
        "[a-z:0-9]{0,6}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        let name = prop::sample::select(vec![
            "return",
            "bus",
            "devices",
            "slot",
            "function",
            "class_info",
            "class",
            "id",
            "vendor",
            "device",
            "qdev_id",
            "pci_bridge",
            "secondary",
            "regions",
            "bar",
            "address",
            "data",
            "type",
            "inserted",
            "qdev",
            "status",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::hash_map(name.prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_without_a_panic(text in any::<String>()) {
        parse_all(&text);
    }

    #[test]
    fn nearly_right_text_is_read_without_a_panic(text in nearly()) {
        parse_all(&text);
    }

    #[test]
    fn any_json_is_read_without_a_panic(value in any_json()) {
        let answers = Answers {
            query_pci: Some(value.clone()),
            query_block: Some(value.clone()),
            query_memory: Some(value.clone()),
            query_status: Some(value.clone()),
            query_version: Some(value.clone()),
            ..Answers::default()
        };
        let facts = answers.facts();
        prop_assert!(facts.devices.len() < 10_000);
        let _ = Enumeration::of(&facts);
    }
}
