//! A real libvirt reads the demo domains, and leaves every address where it is.
//!
//! Only with `VIRT_TOPO_LIVE=1`, which `.ci/live` sets after installing libvirt and QEMU: guests
//! are defined on `qemu:///system` under names of their own, and undefined again.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::libvirt;

/// Wrong on purpose; libvirt's answer is part of the test.
const REFUSED: (&str, &str) = ("conflicts", "Invalid PCI address slot='0x20', must be <= 0x1F");
/// Machines of 2009 are no longer there; `mode=` is not in today's schema, but ignored.
const OF_2009: &str = "plain";
/// Has no address to keep.
const BARE: &str = "bare";

fn demos() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo-domains");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let name = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

fn virsh(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("virsh")
        .args(["-q", "-c", "qemu:///system"])
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

/// The content of the first element of that name.
fn content<'t>(text: &'t str, element: &str) -> &'t str {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    text.split_once(&open).unwrap().1.split_once(&close).unwrap().0
}

/// The demo as libvirt may have it: not under a name or an id that a guest could have already, and
/// the one of 2009 on a machine that QEMU still has.
fn prepared(name: &str, text: &str) -> (String, String) {
    let guest = format!("virt-topo-demo-{name}");
    let uuid = format!("<uuid>{}</uuid>", content(text, "uuid"));
    let mut text = text.replace(&uuid, "");
    text =
        text.replacen(&format!("<name>{}<", content(&text, "name")), &format!("<name>{guest}<"), 1);
    if name == OF_2009 {
        text = text.replace("type='kvm'", "type='qemu'").replace("'pc-0.11'", "'pc'");
        text = text.replace("/usr/bin/qemu<", "/usr/bin/qemu-system-i386<");
    }
    (guest, text)
}

/// Every address of a device, independent of spelling, sorted.
fn addresses(text: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(text).unwrap();
    let is_device = |node: &roxmltree::Node<'_, '_>| {
        node.parent().is_some_and(|parent| parent.has_tag_name("devices"))
    };
    let mut found: Vec<String> = Vec::new();
    for device in document.descendants().filter(is_device) {
        for address in device.children().filter(|child| child.has_tag_name("address")) {
            let attributes = address.attributes().filter(|attribute| attribute.name() != "mode");
            let mut words: Vec<String> = attributes
                // libvirt writes defaults of the machines of 2009.
                .filter(|attribute| attribute.name() != "target" || attribute.value() != "0")
                .map(|attribute| format!("{}={}", attribute.name(), attribute.value()))
                .collect();
            words.sort();
            found.push(format!("{} {}", device.tag_name().name(), words.join(" ")));
        }
    }
    found.sort();
    found
}

#[test]
fn a_real_libvirt_takes_the_demos_and_changes_no_address() {
    let Some(_daemon) = libvirt::daemon() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut defined = 0;
    for (name, text) in demos() {
        let (guest, text) = prepared(&name, &text);
        let emulator = content(&text, "emulator");
        if !Path::new(emulator).exists() {
            println!("skipped {name}: no {emulator}");
            continue;
        }
        let file = folder.path().join(format!("{name}.xml"));
        std::fs::write(&file, &text).unwrap();
        let file = file.to_str().unwrap();
        let strict: &[&str] =
            if [OF_2009, REFUSED.0].contains(&name.as_str()) { &[] } else { &["--validate"] };
        let answer = virsh(&[&["define", file], strict].concat());
        if name == REFUSED.0 {
            assert!(answer.as_ref().is_err_and(|error| error.contains(REFUSED.1)), "{answer:?}");
            continue;
        }
        answer.unwrap_or_else(|error| panic!("{name}: {error}"));
        let dumped = virsh(&["dumpxml", "--inactive", &guest]);
        virsh(&["undefine", "--nvram", &guest]).unwrap();
        defined += 1;
        let after = addresses(&dumped.unwrap());
        let before = addresses(&text);
        if name == BARE {
            assert!(before.is_empty() && !after.is_empty(), "{name}: {before:?}");
        } else if name == OF_2009 {
            let lost: Vec<_> = before.iter().filter(|address| !after.contains(address)).collect();
            assert!(lost.is_empty(), "{name}: {lost:?}");
        } else {
            assert_eq!(after, before, "{name}: after (left), before (right)");
        }
    }
    assert!(defined >= 10, "only {defined} demos were defined");
}
