//! The results of commands, given to a real libvirt: it defines them, and no address changes.
//!
//! Runs with `VIRT_TOPO_LIVE=1` and a libvirtd at `qemu:///system`. `VIRT_TOPO_LIVE_GUESTS` says how
//! many random guests get a command each (60 when it does not), `VIRT_TOPO_LIVE_SEED` which.

use std::process::Command as Program;

use crate::harness::libvirt::{built, daemon, number};
use crate::support::dice::Dice;
use crate::support::random_command::command;
use crate::support::random_guest;
use crate::support::stories::{STORIES, Story};
use virt_topo::edit::Options;
use virt_topo::model::{Address, Device, Domain};

/// libvirt's definition of a guest, or why not.
fn define(name: &str, text: &str) -> Result<String, String> {
    let file = tempfile::Builder::new().suffix(".xml").tempfile().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let path = file.path().display();
    let script = format!("define {path}; dumpxml --inactive {name}; undefine --nvram {name}");
    let done = Program::new("virsh")
        .args(["-q", "-c", "qemu:///system", &script])
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let (out, error) =
        (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
    if !done.status.success() {
        return Err(error);
    }
    let xml = out.find("<domain").and_then(|start| out.get(start..)).unwrap();
    Ok(format!("{}</domain>", xml.split_once("</domain>").unwrap().0))
}

/// The places of all devices, sorted.
fn places(domain: &Domain) -> Vec<String> {
    let is_own = |device: &&Device| !domain.is_mirror(device);
    let place = |device: &Device| {
        let value = device.address().filter(|value| value.is_complete())?;
        let index = device.controller().map(|controller| {
            let target = &controller.target;
            format!(
                " {} {:?} {:?} {:?} {:?} {:?}",
                controller.word,
                controller.index,
                target.chassis,
                target.chassis_nr,
                target.port,
                target.bus_nr
            )
        });
        let flag = match value {
            Address::Pci(pci) if pci.multifunction == Some(true) => " multifunction",
            _ => "",
        };
        Some(format!("{}{} {value}{flag}", device.class(), index.unwrap_or_default()))
    };
    let mut places: Vec<String> = domain.devices.iter().filter(is_own).filter_map(place).collect();
    places.sort();
    places
}

/// Entries that are in one list only.
fn difference(theirs: &[String], ours: &[String]) -> String {
    let only = |one: &[String], other: &[String], sign: char| {
        let lines = one.iter().filter(|line| !other.contains(line));
        let lines: Vec<String> = lines.map(|line| format!("\n    {sign} {line}")).collect();
        lines.concat()
    };
    only(theirs, ours, '-') + &only(ours, theirs, '+')
}

/// The guest after all commands of a story.
fn told(story: &Story) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guest.xml");
    std::fs::write(&file, story.guest()).unwrap();
    for command in story.commands {
        let mut program = assert_cmd::Command::cargo_bin("virt-topo").unwrap();
        let arguments = Story::arguments(command, file.to_str().unwrap());
        program.args(arguments).arg("--write").assert().success();
    }
    std::fs::read_to_string(&file).unwrap()
}

#[test]
fn every_story_ends_as_a_real_libvirt_reads_it() {
    let Some(_daemon) = daemon() else { return };
    for story in STORIES {
        let text = told(story);
        let name = format!("virt-topo-story-{}", story.name);
        let xml = define(&name, &text).unwrap_or_else(|error| panic!("{}: {error}", story.about));
        let (theirs, ours) = (built(&xml), built(&text));
        let (theirs, ours) = (places(&theirs.domain), places(ours.guest().domain));
        assert!(theirs == ours, "{}:{}", story.about, difference(&theirs, &ours));
    }
    println!("{} stories", STORIES.len());
}

#[test]
fn so_does_the_guest_of_2009() {
    let Some(_daemon) = daemon() else { return };
    let text = std::fs::read_to_string("demo-domains/plain.xml").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guest.xml");
    // Machines of 2009 are no longer there.
    let text = text.replace("type='kvm'", "type='qemu'").replace("'pc-0.11'", "'pc'");
    let text = text.replace("/usr/bin/qemu<", "/usr/bin/qemu-system-i386<");
    let text = text.replace("<name>plain<", "<name>virt-topo-story-2009<");
    std::fs::write(&file, text).unwrap();
    if !std::path::Path::new("/usr/bin/qemu-system-i386").exists() {
        println!("skipped: no qemu-system-i386");
        return;
    }
    let mut program = assert_cmd::Command::cargo_bin("virt-topo").unwrap();
    program.args(["freeze", file.to_str().unwrap(), "--write"]).assert().success();
    let text = std::fs::read_to_string(&file).unwrap();
    let xml = define("virt-topo-story-2009", &text).unwrap();
    let (theirs, ours) = (built(&xml), built(&text));
    let lost = difference(&places(&ours.domain), &places(&theirs.domain));
    let lost: Vec<_> = lost.lines().filter(|line| line.starts_with("    -")).collect();
    // libvirt writes more about controllers, and nothing else about places.
    let lost: Vec<_> = lost.into_iter().filter(|line| !line.contains("controller")).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn what_a_random_command_makes_is_defined_as_it_was_foretold() {
    let Some(_daemon) = daemon() else { return };
    let first = number("VIRT_TOPO_LIVE_SEED", 20_091_104);
    let guests = number("VIRT_TOPO_LIVE_GUESTS", 60);
    let (mut done, mut refused, mut skipped) = (0, 0, 0);
    let mut wrong = Vec::new();
    for seed in first..first + guests {
        let name = format!("virt-topo-command-{seed}");
        let text = random_guest::guest(seed, &name);
        if define(&name, &text).is_err() {
            skipped += 1;
            continue;
        }
        let mut revision = built(&text);
        let mut dice = Dice::new(seed);
        for _ in 0..4 {
            let command = command(&mut dice, &revision);
            let options = Options { freeze_others: dice.below(2) == 0, force: false };
            let Ok(outcome) = command.dry_run(&revision, options) else {
                refused += 1;
                continue;
            };
            done += 1;
            let after = outcome.preview.after;
            match define(&name, after.document.text()) {
                Err(error) => wrong.push(format!("seed {seed}, {command} {options:?}: {error}")),
                Ok(xml) => {
                    let theirs = places(&built(&xml).domain);
                    let ours = places(after.guest().domain);
                    if theirs != ours {
                        let difference = difference(&theirs, &ours);
                        wrong.push(format!("seed {seed}, {command} {options:?}:{difference}"));
                    }
                }
            }
            revision = after;
        }
    }
    println!(
        "{guests} guests from seed {first}: {done} commands done, {refused} refused, {skipped} guests that libvirt refuses, {} disagreements",
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(done * 2 >= guests, "only {done} commands were possible");
}
