//! Configuration and themes as the commands find them on disk.

use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};

/// Runs the program with `home` as the place of configurations; returns exit status, output,
/// errors.
fn run(home: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_virt-topo"))
        .args(arguments)
        .current_dir(home)
        .env_remove("NO_COLOR")
        .env("XDG_CONFIG_HOME", home)
        .env("LANG", "C.UTF-8")
        .timeout(std::time::Duration::from_secs(60))
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn write(home: &Path, name: &str, text: &str) {
    let path = home.join("virt-topo").join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn the_configuration_is_found_shown_and_checked() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let (status, path, _) = run(home, &["config", "path"]);
    assert_eq!(status, Some(0));
    assert_eq!(Path::new(path.trim_end()), home.join("virt-topo/config.toml"));
    assert_eq!(run(home, &["config", "check"]).0, Some(0), "none is fine");
    let (_, template, _) = run(home, &["config", "template"]);
    write(home, "config.toml", &template);
    assert_eq!(run(home, &["config", "check"]).0, Some(0), "the template is fine");
    write(home, "config.toml", "theme = \"nord\"\ncolour = \"256\"\n[keys.browse]\nQ = \"qit\"\n");
    let (status, said, _) = run(home, &["config", "check"]);
    assert_eq!(status, Some(1));
    assert!(said.contains("config.toml:2:1: colour: unknown key; did you mean `color`?"), "{said}");
    assert!(said.contains("did you mean `quit`?"), "{said}");
    let (_, shown, _) = run(home, &["config", "show"]);
    assert!(shown.contains("theme = \"nord\""), "{shown}");
}

#[test]
fn the_old_file_is_kept_if_so_configured() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let guest = "<domain><os><type arch='x86_64' machine='pc'/></os><devices/></domain>";
    std::fs::write(home.join("guest.xml"), guest).unwrap();
    let assign = ["assign", "guest.xml", "--write"];
    assert_eq!(run(home, &assign).0, Some(0));
    assert!(!home.join("guest.xml.~1~").exists(), "nobody asked for it");
    std::fs::write(home.join("guest.xml"), guest).unwrap();
    write(home, "config.toml", "[save]\nbackups = true\n");
    assert_eq!(run(home, &assign).0, Some(0));
    assert_eq!(std::fs::read_to_string(home.join("guest.xml.~1~")).unwrap(), guest);
    assert_eq!(run(home, &assign).0, Some(0));
    assert!(!home.join("guest.xml.~2~").exists(), "nothing was written");
}

#[test]
fn mistakes_are_said_on_the_screen_and_do_not_keep_it_from_starting() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    write(home, "config.toml", "view = \"slots\"\nmouse = 3\n[keys.browse]\nJ = \"page-down\"\n");
    let (status, screen, _) = run(home, &["demo", "plain", "--dump", "--keys", "gm"]);
    assert_eq!(status, Some(0));
    assert!(screen.contains("mouse: expected true"), "{screen}");
    let (_, screen, _) = run(home, &["demo", "plain", "--dump"]);
    assert!(screen.contains("0 1 2 3 4 5 6 7"), "{screen}");
    let other = home.join("other.toml");
    std::fs::write(&other, "view = \"drives\"\n").unwrap();
    let arguments = ["demo", "plain", "--dump", "--config", "other.toml"];
    assert!(run(home, &arguments).1.contains("controller"));
}

#[test]
fn a_mistake_is_quoted_without_control_characters() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let bad = r#""x\u001b]0;pwn\u0007\u009b31m\u202e""#;
    let theme = format!(
        "inherits = {bad}\n[colors]\n{bad} = {bad}\n[styles]\n{bad} = {{fg = {bad}}}\ntext = {bad}\n"
    );
    write(home, "themes/th.toml", &theme);
    let config = format!(
        "theme = {bad}\n{bad} = 1\n[keys.browse]\n{bad} = {bad}\nQ = {bad}\n[check]\nallow = [{bad}]\n"
    );
    write(home, "config.toml", &config);
    for arguments in [
        &["theme", "check"][..],
        &["theme", "check", "virt-topo/themes/th.toml"],
        &["theme", "list"],
        &["config", "check"],
        &["show", "demo:plain", "--theme", "\u{9b}31m\u{202e}"],
        &["demo", "plain", "--dump", "--theme", "\u{9b}31m\u{202e}"],
        &["demo", "plain", "--dump"],
    ] {
        let (_, said, error) = run(home, arguments);
        let is_raw = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202e}');
        assert!(!(said + &error).contains(is_raw), "{arguments:?}");
    }
}

#[test]
fn a_pipe_for_a_settings_file_is_not_waited_for() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    write(home, "themes/a.toml", "");
    for name in ["config.toml", "themes/pipe.toml"] {
        let path = home.join("virt-topo").join(name);
        mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    }
    let (status, said, error) = run(home, &["config", "check"]);
    assert_eq!(status, Some(0), "{said}{error}");
}

#[test]
fn themes_are_listed_checked_and_shown() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    write(home, "themes/mine.toml", "inherits = \"dark\"\n[roles]\nbus = \"gren\"\n");
    let (_, listed, _) = run(home, &["theme", "list"]);
    assert!(listed.contains("* default") && listed.contains("mine"), "{listed}");
    let (status, said, _) = run(home, &["theme", "check"]);
    assert_eq!(status, Some(1));
    assert!(said.contains("mine.toml:3:7: roles.bus: `gren` is not a colour"), "{said}");
    assert_eq!(run(home, &["theme", "check", "nord", "default"]).0, Some(0));
    let (status, _, said) = run(home, &["theme", "show", "nrod"]);
    assert_eq!(status, Some(2));
    assert!(said.contains("did you mean 'nord'?"), "{said}");
    let (_, shown, _) = run(home, &["theme", "show", "nord"]);
    assert!(shown.contains("place.conflict") && !shown.contains('\x1b'), "{shown}");
    let (_, shown, _) = run(home, &["theme", "show", "nord", "--color", "always"]);
    assert!(shown.contains("\x1b[38;2;"), "{shown}");
    let (status, _, said) = run(home, &["demo", "plain", "--dump", "--theme", "nrod"]);
    assert_eq!(status, Some(2));
    assert!(said.contains("did you mean 'nord'?"), "{said}");
}

#[test]
fn demos_are_listed_and_their_xml_is_within_reach() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let (_, listed, _) = run(home, &["demo", "--list"]);
    assert!(listed.lines().count() > 10 && listed.contains("conflicts"), "{listed}");
    let (_, xml, _) = run(home, &["demo", "plain", "--xml"]);
    assert!(xml.contains("<name>plain</name>"));
    let (_, screen, _) = run(home, &["demo", "--dump"]);
    assert!(screen.contains("demo domains"), "the list is open: {screen}");
    let (status, _, said) = run(home, &["demo", "plian"]);
    assert_eq!(status, Some(2));
    assert!(said.contains("is not a demo domain"), "{said}");
}
