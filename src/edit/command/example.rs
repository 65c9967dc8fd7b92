//! Small guests for tests, and helpers that run commands on them.

use super::{Command, DryRun, Extent, Naming, Options, Scope};
use crate::edit::{Move, Revision};
use crate::model::{Problem, Selector};

/// A guest of this machine (`pc`, `q35`, `aarch64 virt`) with these devices, one a line.
pub(super) fn guest(machine: &str, devices: &str) -> Revision {
    let (arch, machine) = machine.split_once(' ').unwrap_or(("x86_64", machine));
    let devices: Vec<&str> = devices.lines().map(str::trim).collect();
    let devices = devices.join("\n    ");
    Revision::build(format!(
        "<domain type='kvm'>\n  <os><type arch='{arch}' machine='{machine}'>hvm</type></os>\n  \
         <devices>\n    {devices}\n  </devices>\n</domain>\n"
    ))
    .unwrap()
}

pub(super) fn named(name: &str) -> Selector {
    name.parse().unwrap()
}

/// `move`, with the address typed as for the device.
pub(super) fn moving(revision: &Revision, device: &str, to: &str) -> Command {
    let device = named(device);
    let to = device.find(revision.guest().domain).unwrap().typed_address(to).unwrap();
    Command::Move { device, to, extent: Extent::Device, naming: Naming::Keep }
}

/// The scope with these names; an empty text means all.
pub(super) fn scope(words: &str) -> Scope {
    match words {
        "" => Scope::All,
        words => Scope::Some(words.split(' ').map(|word| word.parse().unwrap()).collect()),
    }
}

/// Runs a command and checks what is true for every command: undo restores the text, and a second
/// run changes nothing more or is refused.
pub(super) fn done(revision: &Revision, command: &Command) -> DryRun {
    with(revision, command, Options::default()).unwrap_or_else(|refusal| {
        panic!("{command}: {refusal} [{}]", refusal.code);
    })
}

pub(super) fn with(
    revision: &Revision,
    command: &Command,
    options: Options,
) -> Result<DryRun, Box<Problem>> {
    let outcome = command.dry_run(revision, options)?;
    let before = revision.document.text();
    let after = outcome.preview.after.document.text();
    assert_eq!(outcome.preview.edit.apply(before).unwrap(), after.as_ref());
    assert_eq!(outcome.preview.edit.invert(before).unwrap().apply(after).unwrap(), before.as_ref());
    Ok(outcome)
}

pub(super) fn refused(revision: &Revision, command: &Command) -> Problem {
    match with(revision, command, Options::default()) {
        Ok(outcome) => panic!("{command} is possible:\n{}", outcome.preview.after.document.text()),
        Err(refusal) => *refusal,
    }
}

/// The lines that went and came.
pub(super) fn diff(revision: &Revision, outcome: &DryRun) -> Vec<String> {
    let before = revision.document.text();
    let after = outcome.preview.after.document.text();
    let diff = similar::TextDiff::from_lines(before.as_ref(), after.as_ref());
    let changes =
        diff.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal);
    changes.map(|change| format!("{}{}", change.tag(), change.value().trim())).collect()
}

/// The devices that libvirt would place elsewhere: title, old and new place.
pub(super) fn others(outcome: &DryRun) -> Vec<String> {
    let told = outcome.others().map(|other| match &other.what {
        Some(Move::Moved { from, to }) => format!(
            "{}: {} to {}",
            other.title,
            from.as_deref().unwrap_or("none"),
            to.as_deref().unwrap_or("none")
        ),
        Some(Move::Appeared(at)) => format!("+{} {}", other.title, at.as_deref().unwrap_or("none")),
        Some(Move::Gone(at)) => format!("-{} {}", other.title, at.as_deref().unwrap_or("none")),
        _ => other.title.clone(),
    });
    told.collect()
}
