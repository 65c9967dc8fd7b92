//! Random commands on random guests and on the demos: each is refused with a reason, or the result
//! has what it asks for, no other device moves unannounced, and it can be undone to the byte.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::dice::Dice;
use crate::support::random_command::command;
use crate::support::random_guest;
use proptest::prelude::*;
use virt_topo::check::Allowed;
use virt_topo::edit::command::{Extent, Scope};
use virt_topo::edit::{Checked, Command, DryRun, Move, Options, Revision};
use virt_topo::model::address::{PciAddress, Usb};
use virt_topo::model::{Address, Code, Device, DeviceClass, DeviceKey, Kind, Selector, Severity};
use virt_topo::sources::demos;

fn guest(seed: u64) -> String {
    let all: Vec<_> = demos().iter().collect();
    match usize::try_from(seed % 64).unwrap() {
        nth if nth < all.len() => all[nth].text.to_owned(),
        _ => random_guest::guest(seed, "random"),
    }
}

/// The devices that a command may move: those it names, those in a slot it names, those on a hub or
/// controller it names.
fn meant(command: &Command, revision: &Revision) -> Option<BTreeSet<DeviceKey>> {
    let domain = revision.guest().domain;
    let key = |selector: &Selector| selector.find(domain).ok().map(Device::key);
    let mut keys: BTreeSet<DeviceKey> = match command {
        Command::Move { device, extent, .. } => {
            let device = device.find(domain).ok()?;
            let slot = |device: &Device| device.pci().map(|at| (at.bus, at.slot));
            let with = domain.devices.iter().filter(|other| {
                *extent == Extent::Slot && slot(other).is_some() && slot(other) == slot(device)
            });
            with.map(Device::key).chain([device.key()]).collect()
        }
        Command::Swap(one, other) => [key(one), key(other)].into_iter().flatten().collect(),
        Command::Group { devices, .. } => devices.iter().filter_map(key).collect(),
        Command::Rename { disk, .. } | Command::SetBus { disk, .. } => {
            key(disk).into_iter().collect()
        }
        Command::Freeze(_)
        | Command::Adopt(_)
        | Command::Reserve(_)
        | Command::AddController { .. }
        | Command::SetAcpiIndex { .. } => BTreeSet::new(),
        // Whoever is thawed, or is on a controller with another index, may be anywhere.
        Command::Thaw(_) | Command::RemoveController { .. } | Command::SetController { .. } => {
            return None;
        }
    };
    let hubs: Vec<_> =
        domain.of_class(DeviceClass::Hub).filter(|hub| keys.contains(&hub.key())).collect();
    for hub in hubs {
        let Some(Address::Usb(Usb { bus, port: Some(port), .. })) = hub.address() else { continue };
        keys.extend(domain.devices.iter().filter_map(|device| match device.address() {
            Some(Address::Usb(usb)) => {
                let below = usb.port.is_some_and(|own| own.parts().starts_with(port.parts()));
                (usb.bus == *bus && below).then_some(device.key())
            }
            _ => None,
        }));
    }
    Some(keys)
}

/// Checks the properties of every executed command.
fn holds(command: &Command, revision: &Revision, outcome: &DryRun, hold: bool) {
    let before = revision.document.text();
    let after = outcome.preview.after.document.text();
    assert_eq!(outcome.preview.edit.apply(before).unwrap(), after.as_ref());
    assert_eq!(outcome.preview.edit.invert(before).unwrap().apply(after).unwrap(), before.as_ref());
    let new: BTreeMap<DeviceKey, DeviceKey> =
        outcome.preview.key_map.iter().map(|(new, old)| (*old, *new)).collect();
    let now = outcome.preview.after.guest().domain.by_key();
    let then = |key: &DeviceKey| new.get(key).and_then(|key| now.get(key)).copied();
    // No other device moves unannounced.
    let told: BTreeSet<DeviceKey> = outcome.others().filter_map(|other| other.old).collect();
    if let Some(meant) = meant(command, revision) {
        for device in &revision.guest().domain.devices {
            // A device without a place may get one.
            let is_placed = device.address().is_some_and(Address::is_complete);
            if !is_placed || meant.contains(&device.key()) || told.contains(&device.key()) {
                continue;
            }
            let place =
                |device: &Device| device.address().filter(|v| v.is_complete()).map(Address::place);
            let found = then(&device.key())
                .unwrap_or_else(|| panic!("{command}: {} is gone", device.key()));
            assert_eq!(
                place(found),
                place(device),
                "{command}: {} {}",
                device.key(),
                device.title()
            );
        }
    }
    if hold {
        let loose = outcome.others().filter(|other| {
            let device = other.old.and_then(|key| revision.guest().domain.device(key));
            let has_place =
                device.is_some_and(|device| device.address().is_some_and(Address::is_complete));
            matches!(other.what, Some(Move::Moved { .. })) && has_place
        });
        // libvirt itself moves some written devices.
        let moved: Vec<_> = loose.map(|other| &other.title).collect();
        assert!(moved.is_empty(), "{command} --hold: {moved:?}");
    }
    // The result has what the command asks for.
    match command {
        Command::Move { device, to, extent, .. } => {
            let device = device.find(revision.guest().domain).unwrap();
            let found = then(&device.key()).unwrap();
            if *extent == Extent::Slot {
                let slot = |at: PciAddress| (at.bus, at.slot, at.function);
                let (_, _, function) = slot(device.pci().unwrap());
                let (bus, slot_, _) = slot(to.pci().unwrap());
                assert_eq!(found.pci().map(slot), Some((bus, slot_, function)), "{command}");
            } else {
                assert_eq!(found.address().unwrap().place(), to.place(), "{command}");
            }
            assert!(!found.is_implied());
        }
        Command::Swap(one, other) => {
            let find = |name: &Selector| name.find(revision.guest().domain).unwrap();
            let (one, other) = (find(one), find(other));
            let place = |key: &DeviceKey| then(key).unwrap().address().unwrap().place();
            assert_eq!(place(&one.key()), other.address().unwrap().place(), "{command}");
            assert_eq!(place(&other.key()), one.address().unwrap().place(), "{command}");
        }
        Command::Reserve(_) | Command::AddController { .. } => {
            let count = |revision: &Revision| revision.domain.controllers().count();
            assert!(count(&outcome.preview.after) > count(revision), "{command}");
        }
        Command::Rename { disk, name, .. } => {
            let key = disk.find(revision.guest().domain).unwrap().key();
            let Kind::Disk(disk) = &then(&key).unwrap().kind else { panic!("{command}") };
            assert_eq!(disk.target.as_deref(), Some(name.as_str()));
        }
        _ => {}
    }
    assert!(!outcome.title.is_empty());
}

/// Does so many commands one after the other and takes all of them back; how many were possible.
fn play(seed: u64, roll: u64, count: usize) -> usize {
    let text = guest(seed);
    let mut revision = Revision::build(text.as_str()).unwrap();
    let mut dice = Dice::new(roll);
    let mut undo = Vec::new();
    for _ in 0..count {
        let command = command(&mut dice, &revision);
        let options = Options { freeze_others: dice.below(3) == 0, force: dice.below(6) == 0 };
        match command.dry_run(&revision, options) {
            Err(refusal) => {
                assert!(!refusal.message.is_empty(), "{command}");
                assert_ne!(refusal.code, Code::NotAsAsked, "{command}: {refusal:?}\n{text}");
                assert_ne!(refusal.code, Code::NoDevice, "{command}: {refusal:?}");
            }
            Ok(outcome) => {
                let hold = options.freeze_others || matches!(command, Command::Reserve(_));
                holds(&command, &revision, &outcome, hold);
                undo.push(outcome.preview.edit.invert(revision.document.text()).unwrap());
                revision = outcome.preview.after;
            }
        }
    }
    let mut now = revision.document.text().to_string();
    for edit in undo.iter().rev() {
        now = edit.apply(&now).unwrap();
    }
    assert_eq!(now, text);
    undo.len()
}

/// Whoever has a place keeps it when everything is written down, and nothing is left to be chosen.
fn freeze_all(text: &str) -> bool {
    let revision = Revision::build(text).unwrap();
    let wrong = Checked::of(&revision, &Allowed::default()).problems;
    if wrong.iter().any(|problem| problem.severity == Severity::Error) {
        return false;
    }
    let freeze = Command::Freeze(Scope::All);
    let Ok(outcome) = freeze.dry_run(&revision, Options::default()) else { return false };
    // With all slots taken libvirt adds a bridge, at this definition or the next.
    let moved =
        outcome.preview.differences.iter().find(|difference| {
            !matches!(difference.what, Some(Move::Kept { .. } | Move::Appeared(_)))
        });
    assert!(moved.is_none(), "{moved:?}\n{text}");
    let again = freeze.dry_run(&outcome.preview.after, Options::default()).unwrap();
    assert!(again.is_empty(), "{:?}\n{text}", again.preview.edit);
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn commands_do_what_they_say_or_say_why_not(seed in any::<u64>(), roll in any::<u64>()) {
        play(seed, roll, 6);
    }

    #[test]
    fn freezing_everything_moves_nobody(seed in any::<u64>()) {
        freeze_all(&guest(seed));
    }
}

#[test]
fn so_they_do_on_every_demo() {
    let mut done = 0;
    for (nth, _) in (0..).zip(demos()) {
        for roll in 0..6 {
            done += play(nth, roll, 6);
        }
    }
    // A test of nothing but refusals would prove little.
    assert!(done * 3 > demos().len() * 36, "only {done} were possible");
    let frozen = demos().iter().filter(|demo| freeze_all(demo.text)).count();
    assert!(frozen + 2 > demos().len(), "only {frozen} of the demos could be frozen");
}
