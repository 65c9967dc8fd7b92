//! README and pictures in `docs/` are made by the program and compared here. `UPDATE=1 cargo test
//! --test readme` makes them again.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use virt_topo::tui::keymap::KeyMap;
use virt_topo::tui::theme::BUILTIN;

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Compares a file with what the program makes, or writes it.
fn check(path: &str, made: &str) {
    let file = root(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, made).unwrap();
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(there == made, "{path} is out of date; UPDATE=1 cargo test --test readme mends it");
}

/// The README with the part between the comments `NAME` and `/NAME` replaced.
fn with_part(text: &str, name: &str, part: &str) -> String {
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = text.split_once(&start).unwrap_or_else(|| panic!("no {start}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("no {end}"));
    [before, &start, part, &end, after].concat()
}

#[test]
fn the_readme_lists_the_keys_and_themes_there_are() {
    let text = std::fs::read_to_string(root("README.md")).unwrap();
    let mut themes = String::from("| theme | is |\n| --- | --- |\n");
    for (name, toml) in BUILTIN {
        // A theme file begins with a comment that describes it.
        let about = toml.lines().take_while(|line| line.starts_with('#'));
        let about: Vec<&str> = about.map(|line| line.trim_start_matches(['#', ' '])).collect();
        let _ = writeln!(themes, "| `{name}` | {} |", about.join(" "));
    }
    let made = with_part(&text, "keys", &KeyMap::default().markdown());
    let made = with_part(&made, "themes", &themes);
    check("README.md", &made);
}

/// The pictures: file, and the arguments that make it.
const PICTURES: [(&str, &[&str]); 3] = [
    ("docs/topology.svg", &["demo:server", "--theme", "dark", "--keys", "jjjjjjjjj"]),
    ("docs/slots.svg", &["demo:q35", "--theme", "nord", "--view", "slots", "--keys", "jll"]),
    ("docs/drives.svg", &["demo:scsi", "--theme", "gruvbox", "--view", "drives", "--keys", "jjl"]),
];

#[test]
fn the_pictures_are_those_the_program_makes() {
    for (path, arguments) in PICTURES {
        let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_virt-topo"))
            .args(["show", "--format", "svg", "--size", "100x26"])
            .args(arguments)
            .env("XDG_CONFIG_HOME", "/nonexistent")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        check(path, &String::from_utf8(output.stdout).unwrap());
    }
}
