//! Text of others in every field, written by every command: no character of it that a terminal obeys, or does not draw,
//! reaches standard output or standard error. Documents, which go whole into a pipe, are the exception.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use virt_topo::text::is_unprintable;
use virt_topo::xml::Document;

use crate::support::pty::Pty;

/// The fields of a guest are spread over so many documents, lest one mistake hides the others.
const DOCUMENTS: usize = 4;

/// Commands that write for people or programs; `FILE` is the guest.
const COMMANDS: &[&str] = &[
    "show FILE",
    "show FILE --color always",
    "show FILE --all --plain --ascii",
    "show FILE --view slots",
    "show FILE --view drives",
    "show FILE --view usb",
    "show FILE --view problems",
    "show FILE --view changes",
    "show FILE --view xml",
    "show FILE --format json",
    "show FILE --format lspci",
    "show FILE --format md",
    "show FILE --format svg --keys 7",
    "FILE --dump --size 200x60",
    "FILE --dump --size 200x60 --keys 5",
    "FILE --dump --size 200x60 --keys 7",
    "FILE --dump --size 200x60 --keys Fs",
    "FILE --dump --size 200x60 --keys F6",
    "check FILE",
    "check FILE --color always",
    "check FILE --format json",
    "check FILE --format sarif",
    "assign FILE --explain",
    "assign FILE --diff",
    "assign FILE --format json",
    "freeze FILE",
    "freeze FILE --format json",
    "adopt FILE --all",
    "move FILE interface:0 pci:0000:00:1e.0",
    "set FILE disk:0 --target sdz",
    "free FILE disk:0",
    "free FILE disk:0 --format json",
    "diff FILE demo:plain",
    "diff FILE demo:plain --format json",
    "detect FILE --monitor-output info.txt --explain",
    "detect FILE --monitor-output info.txt --diff",
];

/// The first and the last character of every run that may not be written as it is.
fn classes() -> Vec<char> {
    let all = (0..=0x0010_ffff).filter_map(char::from_u32);
    let mut found: Vec<char> = Vec::new();
    let mut last = None;
    for character in all.filter(|character| is_unprintable(*character)) {
        let follows = last.is_some_and(|last| u32::from(last) + 1 == u32::from(character));
        if !follows {
            found.extend(last);
            found.push(character);
        }
        last = Some(character);
    }
    found.extend(last);
    found
}

/// All classes of characters that XML allows, as they are written in it.
fn written() -> String {
    let mut out = "\u{9b}31m\u{9d}0;pwned\u{9c}".to_owned();
    for character in classes() {
        match character {
            '\t' | '\n' | '\r' => write!(out, "&#{};", u32::from(character)).unwrap(),
            '\0'..=' ' | '\u{fffe}' | '\u{ffff}' => {}
            _ => out.push(character),
        }
    }
    out
}

/// `guest` with foreign text after every value and text at a position with this remainder.
fn planted(guest: &str, rest: usize) -> String {
    let document = Document::parse(guest).unwrap();
    let mut ends: Vec<usize> = Vec::new();
    for element in document.descendants() {
        ends.extend(element.attributes().map(|found| found.value_span().end as usize));
        if element.children().next().is_none() && !element.text().trim().is_empty() {
            let end = guest[..element.span().end as usize].rfind("</").unwrap();
            ends.push(end);
        }
    }
    ends.sort_unstable();
    let chosen = ends.iter().enumerate().filter(|(nth, _)| nth % DOCUMENTS == rest);
    let mut out = guest.to_owned();
    for (_, end) in chosen.rev() {
        out.insert_str(*end, &written());
    }
    let comment = format!("<!-- {} -->\n", written().replace("&#", ""));
    out + &comment
}

fn run(arguments: &[OsString], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_virt-topo"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.env("XDG_CONFIG_HOME", "/nonexistent").env_remove("NO_COLOR");
    command.output().unwrap()
}

/// A monitor's output about one device, with a hostile id.
fn monitor_output(folder: &Path) {
    let evil = classes().into_iter().filter(|c| *c != '\n').collect::<String>();
    let text = format!(
        "  Bus  0, device   3, function 0:\n    Ethernet controller: PCI device 1af4:1000\n      \
         PCI subsystem 1af4:0001\n      id \"net{evil}\"\n"
    );
    std::fs::write(folder.join("info.txt"), text).unwrap();
}

/// The characters that are written as they are; colours, tabs and line ends are the program's own.
fn raw(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).unwrap();
    let mut rest = text.to_owned();
    if rest.contains("\x1b[") {
        for number in 0..=255 {
            rest = rest
                .replace(&format!("\x1b[{number}m"), "")
                .replace(&format!("\x1b[38;5;{number}m"), "");
        }
    }
    rest.chars().filter(|c| is_unprintable(*c) && !matches!(c, '\n' | '\t')).collect()
}

fn assert_clean(output: &Output, what: &str) {
    assert!(output.status.code().is_some_and(|code| code <= 2), "{what}: {:?}", output.status);
    for bytes in [&output.stdout, &output.stderr] {
        let raw = raw(bytes);
        assert!(raw.is_empty(), "{what}: {raw:?} in {:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn no_field_of_a_guest_reaches_an_output_raw() {
    let folder = tempfile::tempdir().unwrap();
    let mut written = 0;
    monitor_output(folder.path());
    for guest in ["q35", "cmdline"] {
        let text = std::fs::read_to_string(format!("demo-domains/{guest}.xml")).unwrap();
        for rest in 0..DOCUMENTS {
            std::fs::write(folder.path().join("g.xml"), planted(&text, rest)).unwrap();
            for line in COMMANDS {
                let words = line.split(' ').map(|word| if word == "FILE" { "g.xml" } else { word });
                let words: Vec<OsString> = words.map(OsString::from).collect();
                let output = run(&words, folder.path());
                let what = format!("{guest} {rest}: {line}");
                assert_clean(&output, &what);
                if line.contains("json") && !output.stdout.is_empty() {
                    serde_json::from_slice::<serde_json::Value>(&output.stdout).expect(&what);
                }
                written += output.stdout.len();
            }
        }
    }
    assert!(written > 100_000, "only {written} bytes were written: are all documents refused?");
}

/// A name that POSIX allows and no terminal should see.
fn hostile_name() -> OsString {
    let mut name = b"g\x1b]0;pwned\x07\x1b[31m\x7f".to_vec();
    name.extend("\u{9b}\u{202e}\u{200b}\u{fe0f}\u{e0100}".bytes());
    name.extend(b"\xff.xml");
    OsString::from_vec(name)
}

#[test]
fn names_of_files_and_arguments_are_shown_printable() {
    let folder = tempfile::tempdir().unwrap();
    let name = hostile_name();
    monitor_output(folder.path());
    std::fs::copy("demo-domains/q35.xml", folder.path().join(&name)).unwrap();
    for line in COMMANDS {
        let words =
            line.split(' ').map(|word| if word == "FILE" { name.clone() } else { word.into() });
        let output = run(&words.collect::<Vec<_>>(), folder.path());
        assert_clean(&output, line);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_ne!(output.status.code(), Some(2), "{line} is a command: {said}");
    }
    let text = name.to_string_lossy().replace('\u{fffd}', "");
    let text = text.as_str();
    for arguments in [
        vec!["show", text],
        vec!["show", "demo:plain", text],
        vec!["show", "demo:plain", "--view", text],
        vec!["show", "demo:plain", "--size", text],
        vec![text],
        vec!["check", "demo:plain", "--allow", text],
        vec!["move", "demo:plain", &text, text],
        vec!["set", "demo:plain", "disk:0", "--target", text],
        vec!["theme", "show", text],
        vec!["rules", text],
        vec!["detect", "demo:plain", "--monitor", text],
        vec!["demo", text],
        vec!["demo", "plain", "--dump", "--keys", text],
    ] {
        for color in ["auto", "always"] {
            let words = arguments.iter().copied().chain(["--color", color]).map(OsString::from);
            let output = run(&words.collect::<Vec<_>>(), folder.path());
            assert_clean(&output, &format!("{arguments:?}"));
        }
    }
}

#[test]
fn mistakes_of_themes_and_of_the_configuration_are_shown_printable() {
    let folder = tempfile::tempdir().unwrap();
    let evil = r"x\u001b]0;pwn\u0007\u009b31m\u202e\u200b\uFE0F";
    let theme =
        format!("inherits = \"{evil}\"\n[roles]\n\"{evil}\" = \"{evil}\"\ntext = \"{evil}\"\n");
    std::fs::write(folder.path().join("th.toml"), theme).unwrap();
    let config = format!("theme = \"{evil}\"\n\"{evil}\" = 1\n[keys]\n\"{evil}\" = \"{evil}\"\n");
    std::fs::write(folder.path().join("config.toml"), config).unwrap();
    for line in [
        "theme check th.toml",
        "theme show th.toml --color always",
        "theme list --config config.toml",
        "config check --config config.toml",
        "config show --config config.toml",
        "check demo:plain --config config.toml",
        "demo plain --dump --config config.toml",
    ] {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let output = run(&words, folder.path());
        assert_clean(&output, line);
    }
}

#[test]
fn a_document_is_whole_in_a_pipe_and_printable_on_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("g.xml");
    let guest = std::fs::read_to_string("demo-domains/q35.xml").unwrap();
    let comment = "<!-- \u{9b}31m \u{202e} \u{7f} -->";
    std::fs::write(&path, format!("{guest}{comment}\n")).unwrap();
    let file = path.to_str().unwrap();
    let output = run(&["assign".into(), file.into()], folder.path());
    assert!(String::from_utf8(output.stdout).unwrap().contains(comment));
    let mut pty = Pty::start(&["assign", file], &[]);
    assert_eq!(pty.wait_end(), (0, None));
    pty.wait_for("</domain>");
    let written = pty.written();
    assert!(written.contains("<!-- \u{fffd}31m \u{fffd} \u{2421} -->"), "{written}");
    let rest: String =
        written.chars().filter(|c| is_unprintable(*c) && !matches!(c, '\r' | '\n')).collect();
    assert_eq!(rest, "");
}
