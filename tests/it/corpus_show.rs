//! Every domain of the corpora at hand: `show` draws every device once, in every form.
//!
//! The corpora lie beside the checkout (`../shared`) or where `VIRT_TOPO_SHARED` says; without
//! them there is nothing to walk and the test says so.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use virt_topo::edit::Revision;
use virt_topo::report;
use virt_topo::rows::{self, Folds, GuestNames};

fn corpora() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("VIRT_TOPO_SHARED").map_or(beside, PathBuf::from);
    shared.is_dir().then_some(shared)
}

fn xml_files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![root.to_owned()];
    while let Some(directory) = todo.pop() {
        for entry in std::fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|extension| extension == "xml") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The number of devices of the document, counted without the code under test.
fn count(text: &str) -> usize {
    const NOT_DEVICES: [&str; 5] = ["emulator", "graphics", "audio", "lease", "redirfilter"];
    let document = roxmltree::Document::parse(text).unwrap();
    let is = |node: roxmltree::Node<'_, '_>, name: &str| {
        node.tag_name().name() == name && node.tag_name().namespace().is_none()
    };
    let domain = document.descendants().find(|node| is(*node, "domain")).unwrap();
    let devices = domain.children().filter(|node| is(*node, "devices"));
    let elements = devices.flat_map(|node| node.children()).filter(roxmltree::Node::is_element);
    elements.filter(|node| !NOT_DEVICES.contains(&node.tag_name().name())).count()
}

#[test]
fn every_device_of_the_corpora_is_drawn_once() {
    let Some(shared) = corpora() else {
        println!("skipped: no corpora at ../shared and VIRT_TOPO_SHARED is not set");
        return;
    };
    let (mut drawn, mut refused) = (0, 0);
    for directory in ["conformance", "conformance-fuzz", "captures", "seed", "live"] {
        for path in xml_files(&shared.join(directory)) {
            let text = std::fs::read_to_string(&path).unwrap();
            let revision = match Revision::build(text.as_str()) {
                Ok(revision) => revision,
                Err(error) => {
                    // Only texts that an XML parser refuses too, or without a domain, may fail.
                    let parsed = roxmltree::Document::parse(&text);
                    let has_domain = parsed.is_ok_and(|document| {
                        document.descendants().any(|node| node.has_tag_name("domain"))
                    });
                    assert!(!has_domain, "{}: {error}", path.display());
                    refused += 1;
                    continue;
                }
            };
            check(&path, &text, &revision);
            drawn += 1;
        }
    }
    println!("drew {drawn} domains; {refused} files hold none");
    assert!(drawn > 1_000, "only {drawn} domains found below {}", shared.display());
}

fn check(path: &Path, text: &str, revision: &Revision) {
    let at = path.display();
    let guest = revision.guest();
    let written =
        revision.domain.devices.iter().filter(|device| !device.is_implied()).collect::<Vec<_>>();
    let arguments = written.iter().filter(|d| d.class().as_str() == "qemu").count();
    assert_eq!(written.len() - arguments, count(text), "{at}");
    let names = GuestNames::of(guest);
    for all in [false, true] {
        let rows = rows::topology(guest, &names, &Folds { all, ..Folds::default() });
        let drawn: u32 = rows.iter().map(|row| row.devices).sum();
        assert_eq!(drawn as usize, written.len(), "{at}: all={all}");
        let mut seen = HashSet::new();
        for row in &rows {
            assert!(seen.insert(row.target), "{at}: {:?} is drawn twice", row.target);
        }
    }
    let json = report::json(guest, "x", &revision.problems, revision.document.lines()).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let keys: Vec<&str> =
        json["devices"].as_array().unwrap().iter().map(|d| d["key"].as_str().unwrap()).collect();
    let unique: HashSet<&&str> = keys.iter().collect();
    assert_eq!(unique.len(), keys.len(), "{at}");
    for device in &written {
        assert!(unique.contains(&device.key().to_string().as_str()), "{at}: {}", device.key());
    }
    assert_eq!(json["drawn"]["devices"], json["drawn"]["of"], "{at}");
    report::lspci(guest);
    report::markdown(guest, &rows::topology(guest, &names, &Folds::default()));
    report::slots(guest, &rows::slots(guest), report::Style::default());
    report::drives(&rows::drives(guest), report::Style::default());
}
