//! Secrets of every kind in one guest: no view, dump, difference, report, journal or report of a panic shows one, and
//! every document keeps all.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use virt_topo::edit::Revision;
use virt_topo::sources::Source;
use virt_topo::tui::script::Headless;

use crate::harness::home::Home;
use crate::harness::screen::{Script, app_of};
use crate::support::pty::Pty;

/// Every secret begins with this, followed by two digits.
const MARK: &str = "S3CR3T";

/// How many there are.
const ALL: usize = 45;

/// A guest with `#` for every secret.
const GUEST: &str = include_str!("../fixtures/secrets.xml");

/// The guest with its secrets, each another.
fn guest() -> String {
    let mut pieces = GUEST.split('#');
    // `&#97;` is no secret.
    let mut out = pieces.next().unwrap().to_owned();
    let mut count = 0;
    for piece in pieces {
        if out.ends_with('&') {
            out.push('#');
        } else {
            count += 1;
            write!(out, "{MARK}{count:02}").unwrap();
        }
        out.push_str(piece);
    }
    assert_eq!(count, ALL);
    out
}

/// The guest without the conflicts that keep it from being assigned.
fn assignable() -> String {
    let mut pieces = guest();
    for slot in ["5", "6", "7", "8"] {
        pieces = pieces.replacen("slot='3'", &format!("slot='{slot}'"), 1);
    }
    pieces.replace("addr=0x3", "addr=0xa").replace("addr=0x99", "addr=0xb")
}

/// The guest, all of it on one line.
fn one_line() -> String {
    guest().replace('\n', " ")
}

fn secrets(text: &str) -> usize {
    (1..=ALL).filter(|number| text.contains(&format!("{MARK}{number:02}"))).count()
}

fn run(arguments: &str, folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_virt-topo"));
    command.args(arguments.split(' ')).current_dir(folder).stdin(Stdio::null());
    command.env("XDG_CONFIG_HOME", "/nonexistent").output().unwrap()
}

fn assert_hidden(text: &str, what: &str) {
    if let Some(at) = text.find(MARK) {
        let from =
            (0..=at.saturating_sub(200)).rev().find(|from| text.is_char_boundary(*from)).unwrap();
        let shown: String = text[from..].chars().take(300).collect();
        panic!("{what} shows a secret: {shown}");
    }
}

/// Everything that is written for people or for programs, but documents.
const COMMANDS: &[&str] = &[
    "show g.xml --all",
    "show g.xml --view slots",
    "show g.xml --view drives",
    "show g.xml --view usb",
    "show g.xml --view problems",
    "show g.xml --view xml",
    "show g.xml --format json",
    "show g.xml --format lspci",
    "show g.xml --format md",
    "show g.xml --format svg --size 300x200 --keys 7",
    "show g.xml --format svg --size 300x200 --keys F6",
    "show g.xml --view xml --show-secrets",
    "check g.xml",
    "check g.xml --format json",
    "check g.xml --format sarif",
    "assign g.xml --diff",
    "assign g.xml --explain",
    "assign g.xml --format json",
    "freeze g.xml --force",
    "freeze g.xml --format json --force",
    "adopt g.xml --all --force",
    "move g.xml interface:1 pci:0000:00:1e.0 --force",
    "move g.xml interface:1 pci:0000:00:1e.0 --force --format json",
    "swap g.xml interface:0 interface:1 --force",
    "set g.xml sda --target sdz --force",
    "set g.xml sda --bus virtio --force --format json",
    "group g.xml interface:0 interface:1 --force",
    "room g.xml 4 --force",
    "controller add g.xml scsi --force",
    "controller remove g.xml scsi:0 --force",
    "free g.xml interface:1 --all --format json",
    "diff g.xml demo:q35 --format json",
    "detect g.xml --monitor-output info.txt --diff",
    "detect g.xml --monitor-output info.txt --explain",
    "detect g.xml --monitor-output info.txt --format json",
];

fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("g.xml"), text).unwrap();
    let info = "  Bus  0, device   9, function 0:\n    Ethernet controller: PCI device 1af4:1000\n      \
                PCI subsystem 1af4:0001\n      id \"net1\"\n";
    std::fs::write(folder.path().join("info.txt"), info).unwrap();
    folder
}

#[test]
fn no_command_shows_a_secret() {
    for text in [guest(), one_line()] {
        let folder = folder(&text);
        let mut written = 0;
        for line in COMMANDS {
            let output = run(line, folder.path());
            let (out, err) = (
                String::from_utf8(output.stdout).unwrap(),
                String::from_utf8(output.stderr).unwrap(),
            );
            assert!(!err.contains("Usage:"), "{line}: {err}");
            assert_hidden(&out, line);
            assert_hidden(&err, line);
            written += out.matches("*****").count();
        }
        assert!(written > 150, "only {written} marks: what was compared?");
    }
}

#[test]
fn documents_keep_all_secrets_in_a_pipe_and_in_a_file() {
    let folder = folder(&assignable());
    for line in [
        "assign g.xml",
        "assign g.xml -o -",
        "freeze g.xml --force -o -",
        "detect g.xml --monitor-output info.txt",
        "freeze g.xml --force -o out.xml",
    ] {
        let output = run(line, folder.path());
        let mut text = String::from_utf8(output.stdout).unwrap();
        if line.ends_with("out.xml") {
            text = std::fs::read_to_string(folder.path().join("out.xml")).unwrap();
        }
        assert_eq!(secrets(&text), ALL, "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_document_on_a_terminal_has_marks_unless_secrets_are_asked_for() {
    let folder = folder(&assignable());
    let file = folder.path().join("g.xml");
    let file = file.to_str().unwrap();
    let mut pty = Pty::start(&["assign", file], &[]);
    pty.wait_end();
    pty.wait_for("'--show-secrets' shows them");
    assert_hidden(&pty.written(), "a terminal");
    assert!(pty.written().contains("passwd='*****'"));
    let mut pty = Pty::start(&["assign", file, "--show-secrets"], &[]);
    pty.wait_end();
    pty.wait_for("</domain>");
    let written = pty.written();
    assert_eq!(secrets(&written), ALL);
    assert!(!written.contains("--show-secrets"));
}

#[test]
fn no_view_and_no_dialog_shows_a_secret() {
    for text in [guest(), one_line()] {
        let mut looked_at = 0;
        for keys in ["1", "2", "3", "4", "5", "6", "7", "F6", "Fs", "?"] {
            let folder = folder(&text);
            let line = format!("g.xml --dump --size 200x300 --keys {keys}");
            let output = run(&line, folder.path());
            let out = String::from_utf8(output.stdout).unwrap();
            assert_hidden(&out, &line);
            looked_at += out.matches("*****").count();
        }
        // To the right of a document of one line.
        let mut script = script_of(&text).keys("7");
        for _ in 0..40 {
            script = script.keys("llllllll");
            assert_hidden(&script.text(), "the view of the XML");
        }
        assert!(looked_at > 20, "{looked_at}");
    }
}

fn script() -> Script {
    script_of(&guest())
}

fn script_of(text: &str) -> Script {
    let source = Source::File("g.xml".into());
    let app = app_of(source, Revision::build(text).unwrap());
    Script { screen: Headless::new(app, 200, 60) }
}

#[test]
fn what_is_searched_is_what_is_drawn() {
    for (wanted, is_found) in [("interface", true), ("s3cr3t07", false), ("*****", true)] {
        let script = script().keys("7gg").keys(&format!("/{wanted}<enter>n"));
        assert_eq!(script.screen.app.scroll.line > 1, is_found, "{wanted}");
    }
}

#[test]
fn keys_of_every_kind_show_and_keep_no_secret() {
    let walk = ["1jjjjjjjj", "1G", "1GkkkkkkG", "7jjjjjjjj"];
    let act = ["y", "f", "F", "t", "a", "d", "x", "e", "g", "c", "p", "i", "r", "S", "s"];
    let mut kept = 0;
    for walk in walk {
        for act in act {
            for then in ["", "a", "x", "<enter>", "sdz<enter>"] {
                let script = script().keys(walk).keys(act).keys(then);
                let what = format!("{walk} {act} {then}");
                assert_hidden(&script.text(), &what);
                let entries = serde_json::to_string(&script.screen.kept).unwrap();
                assert_hidden(&entries, &what);
                kept += script.screen.kept.len();
            }
        }
    }
    assert!(kept > 10, "only {kept} changes were made");
}

/// The keys that go to the first device with secrets, and copy its XML.
const COPY: &str = "1/vda<enter>yx";

#[test]
fn copying_xml_with_secrets_asks_which_of_them() {
    let script = script().keys(COPY);
    assert!(script.screen.copied.is_empty());
    assert!(script.text().contains("This XML has secrets"), "{}", script.text());
    let masked = script.keys("<enter>");
    let copied = &masked.screen.copied[0];
    assert!(
        copied.contains("<cookie name='c'>*****</cookie>") && !copied.contains(MARK),
        "{copied}"
    );
    assert_hidden(&masked.text(), "the line below");
    let script = self::script().keys(COPY).keys("j<enter>");
    assert_eq!(secrets(&script.screen.copied[0]), 4);
    assert_hidden(&script.text(), "the line below");
    let script = self::script().keys(COPY).keys("jj<enter>");
    assert!(script.screen.copied.is_empty());
    let script = self::script().keys("1/52:54:00:00:00:01<enter>yx");
    assert_eq!(
        script.screen.copied.len(),
        1,
        "XML without secrets is copied at once: {}",
        script.text()
    );
}

#[test]
fn xml_that_cannot_be_copied_is_shown_with_marks() {
    let mut script = script();
    script.screen.app.settings.clipboard = false;
    let script = script.keys(COPY);
    assert!(
        script.text().contains("Not copied: this terminal has no clipboard"),
        "{}",
        script.text()
    );
    assert!(script.text().contains("*****"));
    assert_hidden(&script.text(), "the pager");
}

#[test]
fn differences_are_copied_with_marks() {
    let script = script().keys("F6yd");
    assert!(
        script.screen.copied.iter().any(|text| text.contains("*****")),
        "{:?}",
        script.screen.copied
    );
    assert_hidden(&script.screen.copied.concat(), "the clipboard");
}

#[test]
fn neither_the_journal_nor_the_report_of_a_panic_has_a_secret() {
    let home = Home::with(&guest());
    let state = home.path().join("state");
    let environment = [
        ("VIRT_TOPO_PANIC_KEY", "1"),
        ("XDG_STATE_HOME", state.to_str().unwrap()),
        ("RUST_BACKTRACE", "full"),
    ];
    let mut pty = Pty::start(&[home.guest().to_str().unwrap(), "--view", "xml"], &environment);
    pty.wait_for("graphics");
    pty.type_keys("F\x1b[24~");
    assert_eq!(pty.wait_end().0, 101);
    pty.wait_for("COLORBT_SHOW_HIDDEN");
    assert!(pty.written().contains("The application panicked"));
    assert_hidden(&pty.written(), "the screen or the report");
    let mut files = 0;
    for entry in walkdir(&state) {
        assert_hidden(&String::from_utf8_lossy(&std::fs::read(&entry).unwrap()), "the journal");
        files += 1;
    }
    assert!(files > 0, "there is no journal");
}

/// Every file beneath a folder.
fn walkdir(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}

#[test]
fn text_that_is_no_document_is_refused_without_its_secrets() {
    let text = guest();
    for end in (0..text.len()).step_by(97).filter(|end| text.is_char_boundary(*end)) {
        let folder = folder(&text[..end]);
        let output = run("check g.xml", folder.path());
        assert_hidden(&String::from_utf8(output.stdout).unwrap(), "check");
        assert_hidden(&String::from_utf8(output.stderr).unwrap(), "check");
    }
}
