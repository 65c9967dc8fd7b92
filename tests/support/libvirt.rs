//! A real libvirt, asked to define guests; it keeps none of them.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use std::process::Command;

/// What it made of a guest.
pub enum Answer {
    /// Its definition.
    Defined(String),
    /// Its first error.
    Refused(String),
}

/// Exit status, output and errors of a script for virsh.
pub fn virsh(script: &str) -> (bool, String, String) {
    let done = Command::new("virsh")
        .args(["-q", "-c", "qemu:///system", script])
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (done.status.success(), text(&done.stdout), text(&done.stderr))
}

/// Whether a real libvirt is to be asked.
pub fn is_live() -> bool {
    if std::env::var_os("VIRT_TOPO_LIVE").is_none_or(|value| value != "1") {
        println!("skipped: VIRT_TOPO_LIVE is not 1");
        return false;
    }
    let (answers, version, error) = virsh("version --daemon");
    assert!(answers, "no libvirt at qemu:///system: {error}");
    println!("{}", version.trim());
    true
}

/// Defines the guest of this name, asks for its definition, and takes it away again.
pub fn ask(name: &str, text: &str) -> Answer {
    let file = tempfile::Builder::new().suffix(".xml").tempfile().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let path = file.path().display();
    let script = format!("define {path}; dumpxml --inactive {name}; undefine --nvram {name}");
    let (done, out, error) = virsh(&script);
    if done {
        let xml = out.find("<domain").and_then(|start| out.get(start..)).unwrap();
        let (xml, _) = xml.split_once("</domain>").unwrap();
        return Answer::Defined(format!("{xml}</domain>"));
    }
    let lines: Vec<&str> = error.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.starts_with("error: Failed to define"))
        .unwrap_or_else(|| panic!("virsh does not answer:\n{error}"));
    Answer::Refused(lines[at + 1].strip_prefix("error: ").unwrap_or(lines[at + 1]).to_owned())
}

/// A number from the environment.
pub fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |value| value.parse().unwrap())
}
