//! Captures of real guests, read as a monitor would give them.

use serde_json::{Value, json};
use virt_topo::live::{Answers, QomWalk, Query};

/// Every captured guest.
pub(crate) const GUESTS: &[&str] = &[
    "bare-pc",
    "bare-pc-paused",
    "coop-q35",
    "pc-bridges",
    "pc-bridges-paused",
    "pc-drift",
    "pc-isa",
    "plain-modern",
    "plain-modern-paused",
    "q35-isa",
    "q35-rich",
    "q35-rich-paused",
];

/// Those that libvirt runs: there is a definition of each.
pub(crate) fn of_libvirt() -> impl Iterator<Item = &'static str> {
    GUESTS.iter().copied().filter(|guest| !guest.starts_with("bare-"))
}

/// Where one file of a capture lies, from the root of the repository.
pub(crate) fn path(guest: &str, name: &str) -> String {
    format!("tests/fixtures/captures/{guest}/{name}")
}

/// One file of a capture.
pub(crate) fn read(guest: &str, name: &str) -> String {
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| ".".to_owned());
    let path = format!("{root}/{}", path(guest, name));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn json(guest: &str, name: &str) -> Value {
    serde_json::from_str(&read(guest, name)).unwrap()
}

/// The answers of a QMP monitor.
pub(crate) fn answers_qmp(guest: &str) -> Answers {
    let objects = json(guest, "qom-devices.json");
    let qtree = read(guest, "info-qtree.txt");
    let mut walk = QomWalk::default();
    walk.look(Some(&qtree));
    loop {
        let questions = walk.questions();
        if questions.is_empty() {
            break;
        }
        for question in questions {
            walk.answer(&question, answer(&objects, &question).as_ref());
        }
    }
    Answers {
        objects: Some(walk.facts()),
        qtree: Some(qtree),
        query_pci: Some(json(guest, "query-pci.json")),
        query_block: Some(json(guest, "query-block.json")),
        info_network: Some(read(guest, "info-network.txt")),
        info_usb: Some(read(guest, "info-usb.txt")),
        query_status: Some(json(guest, "query-status.json")),
        query_version: Some(json(guest, "query-version.json")),
        ..Answers::default()
    }
}

/// The output of a human monitor.
pub(crate) fn answers_hmp(guest: &str) -> Answers {
    let text = |name: &str| Some(read(guest, name));
    Answers {
        qtree: text("info-qtree.txt"),
        info_pci: text("info-pci.txt"),
        info_usb: text("info-usb.txt"),
        info_block: text("info-block.txt"),
        info_network: text("info-network.txt"),
        info_status: text("info-status.txt"),
        info_version: text("info-version.txt"),
        ..Answers::default()
    }
}

/// Answers as QEMU would, from a table of every device: path to properties and children.
fn answer(objects: &Value, question: &Query) -> Option<Value> {
    let table = objects.as_object()?;
    match question {
        Query::Get(path, name) => table.get(path)?.get(name).cloned(),
        Query::List(path) => {
            let mut entries = Vec::new();
            let mut names = std::collections::BTreeMap::new();
            if let Some(object) = table.get(path) {
                for (name, value) in object["children"].as_object()? {
                    names.insert(name.clone(), value.as_str()?.to_owned());
                }
                for name in object.as_object()?.keys().filter(|name| *name != "children") {
                    entries.push(json!({"name": name, "type": "str"}));
                }
            }
            // The table holds devices only; every machine has this bus.
            if path == "/machine/unattached" {
                names.insert("sysbus".to_owned(), "child<System>".to_owned());
            }
            // Containers, and devices on buses, only appear in the paths of others.
            for (other, object) in table {
                if let Some(rest) = other.strip_prefix(&format!("{path}/")) {
                    let (name, deeper) = rest.split_once('/').unwrap_or((rest, ""));
                    let word =
                        if deeper.is_empty() { object["type"].as_str()? } else { "container" };
                    names.entry(name.to_owned()).or_insert(format!("child<{word}>"));
                }
            }
            entries.extend(names.iter().map(|(name, word)| json!({"name": name, "type": word})));
            Some(entries.into())
        }
    }
}
