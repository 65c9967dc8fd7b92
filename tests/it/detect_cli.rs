//! `detect`, `attach` and `detach` on saved listings and on monitors that are not there.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::captures;
use crate::harness::snapshots::snapshot;
use virt_topo::edit::Revision;

fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| ".".into(), PathBuf::from)
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_virt-topo"));
    let output = program.current_dir(root()).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_guest_without_xml_is_drawn_and_made_into_one() {
    for guest in ["q35-rich", "pc-bridges", "bare-pc"] {
        for name in ["info-pci.txt", "query-pci.json"] {
            let (code, drawn, error) =
                run(&["detect", "--monitor-output", &captures::path(guest, name)]);
            assert_eq!(code, Some(0), "{error}");
            let (code, xml, error) =
                run(&["detect", "--emit-xml", "--monitor-output", &captures::path(guest, name)]);
            assert_eq!(code, Some(0), "{error}");
            let revision = Revision::build(xml.as_str()).unwrap();
            assert!(revision.problems.is_empty(), "{:#?}", revision.problems);
            assert!(revision.topology.unplaced().is_empty(), "{guest}\n{xml}");
            if name == "info-pci.txt" {
                // The source's name is the only difference between both languages.
                let drawn: Vec<&str> = drawn.lines().skip(1).collect();
                snapshot(&format!("detect__cli__drawn-{guest}"), &drawn.join("\n"));
                snapshot(&format!("detect__cli__skeleton-{guest}"), &xml);
            } else {
                let (_, other, _) = run(&[
                    "detect",
                    "--emit-xml",
                    "--monitor-output",
                    &captures::path(guest, "info-pci.txt"),
                ]);
                assert_eq!(xml, other, "{guest}");
            }
        }
    }
}

fn plain(mode: &str) -> String {
    let text = std::fs::read_to_string(root().join("demo-domains/plain.xml")).unwrap();
    let (_, text) = text.split_once("-->").unwrap();
    // Neither slots nor units are known.
    text.lines()
        .map(|line| match line.trim_start().starts_with("<address ") {
            true if mode.is_empty() => String::new(),
            true => line
                .split(" domain=")
                .next()
                .unwrap()
                .split(" controller=")
                .next()
                .map(|start| format!("{start}/>\n"))
                .unwrap(),
            false => format!("{line}\n"),
        })
        .collect()
}

#[test]
fn detected_addresses_are_dynamic_in_the_dialect_of_2009_and_static_when_frozen() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("guest.xml");
    let listing = captures::path("plain-modern", "info-pci.txt");
    for (mode, freeze, name) in
        [("dynamic", false, "2009"), ("dynamic", true, "2009-frozen"), ("", false, "current")]
    {
        let text = plain(mode);
        std::fs::write(&file, &text).unwrap();
        let mut arguments =
            vec!["detect", file.to_str().unwrap(), "--monitor-output", &listing, "--diff"];
        arguments.extend(freeze.then_some("--freeze"));
        let (_, diff, error) = run(&arguments);
        assert!(error.contains("matched"), "{error}");
        let diff: Vec<&str> = diff.lines().skip(2).collect();
        snapshot(&format!("detect__cli__{name}"), &diff.join("\n"));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "--diff writes nothing");
    }
    // Written, and then there is nothing left to detect.
    let (code, _, error) =
        run(&["detect", file.to_str().unwrap(), "--monitor-output", &listing, "--write"]);
    assert_eq!(code, Some(0), "{error}");
    let again = ["detect", file.to_str().unwrap(), "--monitor-output", &listing, "--diff"];
    let (code, diff, _) = run(&again);
    assert_eq!((code, diff.as_str()), (Some(0), ""));
}

#[test]
fn what_the_xml_does_not_mention_is_adopted() {
    let listing = captures::path("plain-modern", "query-pci.json");
    let run_with = |more: &[&str]| {
        let arguments = [&["detect", "demo:plain", "--monitor-output", &listing, "--diff"], more];
        run(&arguments.concat())
    };
    let (_, diff, _) = run_with(&["--adopt", "balloon0"]);
    assert!(diff.contains("+    <memballoon model='virtio'>"), "{diff}");
    assert!(!diff.contains("piix3-uhci"), "{diff}");
    let (_, diff, _) = run_with(&["--adopt", "all"]);
    assert!(diff.contains("model='piix3-uhci'"), "{diff}");
    let added = "<address type='pci' mode='dynamic' domain='0x0000' bus='0x00' slot='0x01' function='0x2'/>";
    assert!(diff.contains(added), "{diff}");
    let (code, _, error) = run_with(&["--adopt", "net0"]);
    assert_eq!(code, Some(2));
    assert!(error.contains("is already in the XML"), "{error}");
    let (code, _, error) = run_with(&["--adopt", "nobody"]);
    assert_eq!(code, Some(2), "{error}");
}

#[test]
fn many_live_devices_are_adopted_only_when_that_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    let (listing, guest) = (folder.path().join("info-pci.txt"), folder.path().join("guest.xml"));
    let functions = (3..=31).flat_map(|slot| (0..3).map(move |function| (slot, function)));
    let listed: Vec<String> = functions
        .map(|(slot, function)| {
            format!(
                "  Bus  0, device {slot:3}, function {function}:\n    Ethernet controller: PCI device \
                 8086:100e\n      PCI subsystem 1af4:1100\n      id \"\"\n"
            )
        })
        .collect();
    std::fs::write(&listing, listed.concat()).unwrap();
    let empty = "<domain type='kvm'><os><type arch='x86_64' machine='pc'>hvm</type></os>\n<devices>\n\
                 <controller type='usb' model='none'/>\n<memballoon model='none'/>\n</devices></domain>";
    std::fs::write(&guest, empty).unwrap();
    let (listing, guest) = (listing.to_str().unwrap(), guest.to_str().unwrap());
    let adopt = |more: &[&str]| {
        let all = ["detect", guest, "--monitor-output", listing, "--adopt", "all"];
        run(&[&all, more].concat())
    };
    for more in [&[][..], &["--write"], &["-o", "-"]] {
        let (code, printed, error) = adopt(more);
        assert_eq!((code, printed.as_str()), (Some(2), ""), "{more:?}: {error}");
        assert!(
            error.contains("87 elements would be added") && error.contains("--force"),
            "{error}"
        );
        assert_eq!(std::fs::read_to_string(guest).unwrap(), empty);
    }
    assert_eq!(adopt(&["--diff"]).1.matches("+<interface").count(), 87);
    let (code, _, error) = adopt(&["--write", "--force"]);
    assert!(code == Some(0) && error.contains("87 elements are added"), "{error}");
    assert_eq!(std::fs::read_to_string(guest).unwrap().matches("<interface").count(), 87);
}

#[test]
fn a_guest_that_is_elsewhere_is_told_by_the_exit_status() {
    let live = captures::path("plain-modern", "domain-live.xml");
    let same = captures::path("plain-modern", "info-pci.txt");
    let (code, report, _) = run(&["detect", &live, "--monitor-output", &same, "--explain"]);
    assert_eq!(code, Some(0), "{report}");
    let other = captures::path("bare-pc", "info-pci.txt");
    let (code, report, _) = run(&["detect", &live, "--monitor-output", &other, "--explain"]);
    assert_eq!(code, Some(1), "{report}");
    snapshot("detect__cli__elsewhere", &report);
    let (_, json, _) = run(&["detect", &live, "--monitor-output", &other, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json["matched"].as_array().unwrap().len() > 10);
    assert_eq!(json["matched"][0]["confidence"], "likely");
    let (_, diff, _) =
        run(&["detect", &live, "--monitor-output", &other, "--diff", "--keep-static"]);
    assert_eq!(diff, "", "every address of it is static");
}

#[test]
fn what_is_no_listing_and_no_monitor_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let binary = directory.path().join("x");
    std::fs::write(&binary, b"\xff\xfe\0").unwrap();
    let binary = binary.to_str().unwrap();
    for (arguments, words) in [
        (&["detect", "--monitor-output", "demo-domains/plain.xml"][..], "neither the text"),
        (&["detect", "--monitor-output", "/nonexistent"], "cannot be read"),
        (&["detect", "--monitor-output", binary], "UTF-16"),
        (&["detect", "--monitor", "/nonexistent.sock"], "cannot be opened"),
        (&["detect", "--monitor", "192.0.2.1:4444"], "is not this machine"),
        (&["detect", "demo:plain"], "--monitor"),
        (&["attach", "nic", "--monitor", "/nonexistent.sock"], "cannot be opened"),
        (&["attach", "toaster", "--monitor", "/nonexistent.sock"], "scsi-disk"),
        (&["attach", "scsi-disk", "--monitor", "/nonexistent.sock"], "no image is given"),
        (&["detach", "vda", "--monitor", "/nonexistent.sock"], "cannot be opened"),
    ] {
        let (code, out, error) = run(arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?} {error}");
        assert!(error.contains(words), "{arguments:?}: {error}");
    }
    assert!(Path::new("/nonexistent").metadata().is_err());
}

#[test]
fn a_refusal_to_hot_plug_is_json_as_well() {
    let line =
        ["attach", "nic", "--monitor", "/nonexistent.sock", "--read-only", "--format", "json"];
    let (code, out, error) = run(&line);
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, error.as_str()), (Some(1), ""));
    assert_eq!((&told["state"], &told["command"]), (&"refused".into(), &"attach".into()));
    assert_eq!(told["message"], "not attached: --read-only is given");
}
