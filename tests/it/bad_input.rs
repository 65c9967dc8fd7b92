//! Texts that are no guest, or a hostile one: a clear message or a sane picture, never a panic,
//! never an escape sequence from the input.

use std::fmt::Write as _;
use std::process::{Command, Output};
use std::time::Duration;

use tempfile::TempDir;

fn virt_topo() -> assert_cmd::Command {
    let mut command = assert_cmd::Command::cargo_bin("virt-topo").unwrap();
    command.env_remove("NO_COLOR").timeout(Duration::from_secs(120));
    command
}

/// Runs `show` on a file with these bytes.
fn show(bytes: &[u8]) -> Output {
    let directory = TempDir::new().unwrap();
    std::fs::write(directory.path().join("guest.xml"), bytes).unwrap();
    virt_topo().current_dir(&directory).args(["show", "guest.xml"]).output().unwrap()
}

fn refused(bytes: &[u8], says: &[&str]) {
    let output = show(bytes);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    for words in says {
        assert!(message.contains(words), "{words:?} is not in: {message}");
    }
    assert!(!message.contains("panicked"), "{message}");
}

#[test]
fn what_is_no_domain_is_refused_with_its_place() {
    refused(b"", &["guest.xml"]);
    refused(b"not xml", &["guest.xml:1:1"]);
    refused(b"<domain>\n  <devices>\n  </domain>", &["guest.xml:3:"]);
    refused(b"<network><name>default</name></network>", &["guest.xml:1:1", "network"]);
    refused(b"<a><domain/><domain/></a>", &["guest.xml", "2 domains"]);
    refused(b"<domain>\n\xff</domain>", &["not UTF-8", "0xff", "line 2, column 1"]);
    refused(b"\xff\xfe<\0d\0", &["UTF-16"]);
    let bomb = b"<!DOCTYPE d [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>\n<domain>&b;</domain>";
    refused(bomb, &["guest.xml:1", "DOCTYPE"]);
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let directory = TempDir::new().unwrap();
    let message = |name: &str| {
        let output = virt_topo().current_dir(&directory).args(["show", name]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(
        message("missing.xml").contains("missing.xml: cannot be read"),
        "{}",
        message("missing.xml")
    );
    assert!(message(".").contains("directory"));
    assert!(message("demo:nothing").contains("choose from: "));
}

#[test]
fn an_unreadable_file_says_so() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("secret.xml");
    std::fs::write(&path, "<domain/>").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&path).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    let output = virt_topo().arg("show").arg(&path).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("Permission denied"), "{message}");
}

#[test]
fn a_domain_without_devices_is_drawn() {
    let output = show(b"<domain><name>empty</name></domain>");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(text.contains("0 devices"), "{text}");
}

#[test]
fn deep_nesting_is_no_stack_overflow() {
    let deep = 10_000;
    let text = format!("<domain>{}{}</domain>", "<x>".repeat(deep), "</x>".repeat(deep));
    assert_eq!(show(text.as_bytes()).status.code(), Some(0));
}

#[test]
fn bridges_in_a_loop_are_drawn_once() {
    let mut text = String::from("<domain><name>loop</name><devices>");
    for (index, bus) in [(0, None), (1, Some(2)), (2, Some(1)), (3, Some(3)), (4, Some(1))] {
        let model = if index == 0 { "pci-root" } else { "pci-bridge" };
        let address =
            bus.map(|bus| format!("<address type='pci' bus='{bus}' slot='{}'/>", index + 3));
        write!(
            text,
            "<controller type='pci' index='{index}' model='{model}'>{}</controller>",
            address.unwrap_or_default()
        )
        .unwrap();
    }
    text.push_str("</devices></domain>");
    let output = show(text.as_bytes());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("5 devices"), "{text}");
    assert!(text.contains("loop"), "{text}");
}

#[test]
fn no_control_character_of_the_input_reaches_the_terminal() {
    // XML forbids C0 as character references; C1 and bidi controls are allowed.
    let name = "a&#x9b;31m\u{202e}evil\u{200b}\u{85}\u{feff}&#9;&#10;b";
    let text = format!(
        "<domain><name>{name}</name><os><type arch='{name}' machine='{name}'>hvm</type></os>\
         <devices><disk><source file='{name}'/><target dev='{name}' bus='{name}'/>\
         <alias name='{name}'/><address type='{name}' x='{name}'/></disk>\
         <controller type='{name}' index='0' model='{name}'/></devices></domain>"
    );
    let directory = TempDir::new().unwrap();
    std::fs::write(directory.path().join("guest.xml"), text).unwrap();
    for extra in [
        &["--format", "text"][..],
        &["--format", "md"],
        &["--format", "lspci"],
        &["--view", "slots"],
        &["--view", "drives"],
        &["--view", "usb"],
        &["--plain"],
        &["--ascii"],
    ] {
        let output = virt_topo()
            .current_dir(&directory)
            .args(["show", "guest.xml"])
            .args(extra)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{extra:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let bad = |c: &char| {
            (c.is_control() && *c != '\n')
                || matches!(*c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
        };
        assert_eq!(text.chars().find(bad), None, "{extra:?}: {text:?}");
        if extra == ["--ascii"] {
            assert!(text.is_ascii(), "{text}");
        }
    }
}

#[test]
fn a_value_of_any_length_is_drawn_and_edited() {
    let long = "x".repeat(70_000);
    let zeros = "0".repeat(70_000);
    let text = format!(
        "<domain type='kvm'><name>{long}</name><os><type arch='x86_64' machine='pc'>hvm</type></os><devices>\
         <disk><target dev='sda' bus='scsi'/></disk><disk><target dev='{long}' bus='{long}'/></disk>\
         <controller type='scsi' index='0'/><controller type='{long}' index='1' model='{long}'/>\
         <controller type='scsi' index='2' model='{long}'/>\
         <interface type='user'><mac address='52:54:00:00:00:01'/><alias name='{long}'/>\
         <address type='pci' domain='0' bus='0x{zeros}' slot='0x{zeros}4' function='0'/></interface>\
         </devices></domain>"
    );
    let directory = TempDir::new().unwrap();
    std::fs::write(directory.path().join("guest.xml"), text).unwrap();
    let captured = format!("{}/tests/fixtures/captures/pc-drift", env!("CARGO_MANIFEST_DIR"));
    let listing = format!("{captured}/info-pci.txt");
    for arguments in [
        &["show", "guest.xml"][..],
        &["show", "guest.xml", "--view", "slots"],
        &["show", "guest.xml", "--view", "drives"],
        &["show", "guest.xml", "--view", "usb"],
        &["show", "guest.xml", "--view", "problems"],
        &["show", "guest.xml", "--format", "md"],
        &["show", "guest.xml", "--format", "lspci"],
        &["show", "guest.xml", "--format", "svg"],
        &["check", "guest.xml"],
        &["assign", "guest.xml", "--explain"],
        &["free", "guest.xml"],
        &["move", "guest.xml", "interface:0", "pci:00:05.0", "--force"],
        &["detect", "guest.xml", "--monitor-output", &listing, "--explain"],
    ] {
        let output = virt_topo().current_dir(&directory).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code().is_some_and(|code| code <= 2), "{arguments:?}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said:.300}");
    }
}

#[test]
fn color_is_for_terminals_or_when_asked_for() {
    let run = |args: &[&str]| {
        let output = virt_topo().args(["show", "demo:plain"]).args(args).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(!run(&[]).contains('\u{1b}'));
    assert!(run(&["--color", "always"]).contains('\u{1b}'));
    assert!(!run(&["--color", "never"]).contains('\u{1b}'));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let binary = env!("CARGO_BIN_EXE_virt-topo");
    let script = format!("{binary} show demo:10000 --all | head -n 1; exit ${{PIPESTATUS[0]}}");
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}
