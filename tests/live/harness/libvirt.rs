//! A real libvirt that defines guests and keeps none of them.

use std::process::Command;
use std::sync::{OnceLock, RwLockWriteGuard};

use crate::harness::load;
use crate::support::other_machine::{MACHINES, Machine};
use virt_topo::edit::Revision;
use virt_topo::model::Version;

/// The result of a definition.
pub(crate) enum Answer {
    /// The guest's definition.
    Defined(String),
    /// Its first error.
    Refused(String),
}

/// The daemon to use: `VIRT_TOPO_JUDGE`, or the system's own.
fn uri() -> String {
    std::env::var("VIRT_TOPO_JUDGE").unwrap_or_else(|_| "qemu:///system".to_owned())
}

/// The folder that the daemon lives in, `VIRT_TOPO_JUDGE_ROOT`; empty for the system's own.
pub(crate) fn root() -> String {
    std::env::var("VIRT_TOPO_JUDGE_ROOT").unwrap_or_default()
}

/// The release of the daemon.
pub(crate) fn version() -> Version {
    static VERSION: OnceLock<Version> = OnceLock::new();
    *VERSION.get_or_init(|| {
        let (_, out, error) = virsh("version --daemon");
        let line = out.lines().find_map(|line| line.strip_prefix("Running against daemon: "));
        let word = line.unwrap_or_else(|| panic!("no version of the daemon: {error}"));
        word.trim().parse().unwrap()
    })
}

/// A guest as the daemon would complete it.
pub(crate) fn built(text: &str) -> Revision {
    Revision::build_for(text, version()).unwrap()
}

/// Exit status, output and errors of a script for virsh.
pub(crate) fn virsh(script: &str) -> (bool, String, String) {
    let done = Command::new("virsh")
        .args(["-q", "-c", &uri(), script])
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (done.status.success(), text(&done.stdout), text(&done.stderr))
}

/// Locks the daemon for one test, until the guard is dropped; `None`, with a message, when a real
/// libvirt is not to be used.
pub(crate) fn daemon() -> Option<RwLockWriteGuard<'static, ()>> {
    if std::env::var_os("VIRT_TOPO_LIVE").is_none_or(|value| value != "1") {
        println!("skipped: VIRT_TOPO_LIVE is not 1");
        return None;
    }
    let guard = load::alone();
    let (answers, version, error) = virsh("version --daemon");
    assert!(answers, "no libvirt at {}: {error}", uri());
    println!("{}", version.trim());
    Some(guard)
}

/// Defines the guest of this name, reads its definition, and undefines it.
pub(crate) fn ask(name: &str, text: &str) -> Answer {
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

/// The machines whose emulator is installed, each with its name; the others are reported as skipped.
pub(crate) fn machines() -> impl Iterator<Item = (&'static Machine, String)> {
    let machines = MACHINES.iter().filter(|machine| {
        let emulator = format!("{}/usr/bin/qemu-system-{}", root(), machine.emulator);
        let is_there = std::path::Path::new(&emulator).exists();
        if !is_there {
            println!("skipped: no {emulator}");
        }
        is_there && knows(machine.arch)
    });
    machines.map(|machine| (machine, format!("{}-{}", machine.arch, machine.name)))
}

/// Whether the daemon that is asked knows an architecture, with a note where it does not.
fn knows(arch: &str) -> bool {
    let (is_known, _, error) = virsh(&format!("domcapabilities --virttype qemu --arch {arch}"));
    if !is_known {
        println!("skipped {arch}: {}", error.trim());
    }
    is_known
}

/// A number from the environment.
pub(crate) fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |value| value.parse().unwrap())
}
