//! Random commands on random guests and on the demos: each is refused with a reason, or what it was
//! asked for is what is read, nobody else is moved without a word, and it can be undone to the byte.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

#[path = "support/random_guest.rs"]
mod random_guest;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use virt_topo::assign::places;
use virt_topo::edit::command::{Extent, Naming, Pick, Scope};
use virt_topo::edit::{Command, Manner, Move, Outcome, Revision};
use virt_topo::model::address::{
    DriveAddress, Function, Pci, PciAddress, PortPath, Slot, Usb, VirtioSerialAddress,
};
use virt_topo::model::{
    Address, Controller, ControllerIndex, ControllerKind, Device, DeviceClass, DeviceKey, Kind,
    Selector,
};
use virt_topo::sources::demos;
use virt_topo::topology::Asker;

/// A small generator of numbers: the same seed gives the same command.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides.max(1)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }

    fn number(&mut self, below: usize) -> u32 {
        u32::try_from(self.roll(below)).unwrap()
    }
}

fn guest(seed: u64) -> String {
    let all: Vec<_> = demos().iter().collect();
    match usize::try_from(seed % 64).unwrap() {
        nth if nth < all.len() => all[nth].text.to_owned(),
        _ => random_guest::guest(seed, "random"),
    }
}

/// Somewhere a device may be or not: half of the time a place it may have.
fn place(dice: &mut Dice, revision: &Revision, device: &Device) -> Address {
    let free = places(revision.guest().domain, device.key, Asker::Person).free;
    if dice.roll(2) == 0 && !free.is_empty() {
        let few = free.len().min(1 + dice.roll(free.len()));
        return free[dice.roll(few)].address.clone();
    }
    match dice.roll(5) {
        0 => Address::Drive(DriveAddress {
            controller: dice.number(3),
            bus: dice.number(2),
            target: dice.number(2),
            unit: dice.number(9),
        }),
        1 => Address::Usb(Usb {
            bus: dice.number(2),
            port: PortPath::new(&[1 + dice.number(4), dice.number(3)]),
            dev: None,
        }),
        2 => Address::VirtioSerial(VirtioSerialAddress {
            controller: dice.number(2),
            bus: 0,
            port: dice.number(4),
        }),
        _ => Address::Pci(Pci::at(PciAddress {
            domain: 0,
            bus: ControllerIndex(dice.number(6)),
            slot: Slot::new(dice.number(32)).unwrap(),
            function: Function::new([0, 0, 0, 1, 7][dice.roll(5)]).unwrap(),
        })),
    }
}

fn controller(dice: &mut Dice) -> Controller {
    /// Type and model.
    const KINDS: &[(&str, &str)] = &[
        ("pci", "pcie-root-port"),
        ("pci", "pci-bridge"),
        ("pci", "pcie-to-pci-bridge"),
        ("pci", "pcie-expander-bus"),
        ("pci", "pci-root"),
        ("scsi", "virtio-scsi"),
        ("scsi", "lsilogic"),
        ("scsi", "lsisas1068"),
        ("usb", "qemu-xhci"),
        ("usb", "piix3-uhci"),
        ("usb", "none"),
        ("sata", ""),
        ("virtio-serial", ""),
        ("ccid", ""),
        ("ide", ""),
    ];
    let (kind, model) = *dice.pick(KINDS);
    let index = (dice.roll(4) == 0).then(|| dice.number(6));
    let model = Some(model).filter(|model| !model.is_empty()).map(Into::into);
    Controller { model, ..Controller::new(ControllerKind::from_word(kind), index) }
}

fn command(dice: &mut Dice, revision: &Revision) -> Command {
    let domain = revision.guest().domain;
    let device = dice.pick(&domain.devices);
    let named = |device: &Device| Selector::of(domain, device.key);
    let alike: Vec<&Device> = domain
        .devices
        .iter()
        .filter(|other| other.value().map(Address::kind) == device.value().map(Address::kind))
        .collect();
    match dice.roll(16) {
        0..5 => Command::Move {
            device: named(device),
            to: place(dice, revision, device),
            extent: *dice.pick(&[Extent::Device, Extent::Device, Extent::Slot]),
            naming: *dice.pick(&[Naming::Keep, Naming::Keep, Naming::Follow]),
        },
        5..7 => Command::Swap(named(device), named(alike[dice.roll(alike.len())])),
        7 => Command::Group {
            devices: (0..2 + dice.roll(2)).map(|_| named(alike[dice.roll(alike.len())])).collect(),
            at: (dice.roll(2) == 0).then(|| PciAddress::new(0, 9 + dice.number(9), 0).unwrap()),
        },
        8 => Command::Freeze(scope(dice, named(device))),
        9 => Command::Thaw(scope(dice, named(device))),
        10 => Command::Adopt(scope(dice, named(device))),
        11 => Command::AddController { controller: Box::new(controller(dice)), at: None },
        12 => Command::Room(1 + dice.number(40)),
        13 => {
            let controllers: Vec<_> = domain.of_class(DeviceClass::Controller).collect();
            let Some(device) = controllers.get(dice.roll(controllers.len())) else {
                return Command::Room(1);
            };
            let device = named(device);
            if dice.roll(2) == 0 {
                Command::RemoveController { device, cascade: dice.roll(2) == 0 }
            } else {
                Command::SetController { device, to: Box::new(controller(dice)) }
            }
        }
        _ => {
            let disks: Vec<_> = domain.of_class(DeviceClass::Disk).collect();
            let Some(disk) = disks.get(dice.roll(disks.len())).map(|disk| named(disk)) else {
                let index = Some(dice.number(20_000));
                return Command::SetAcpiIndex { device: named(device), index };
            };
            let name = dice.pick(&["vda", "vdz", "sda", "sdd", "hdc"]).to_string();
            if dice.roll(2) == 0 {
                let naming = *dice.pick(&[Naming::Keep, Naming::Follow]);
                Command::Rename { disk, name, naming }
            } else {
                let bus = dice.pick(&["virtio", "scsi", "sata", "usb", "ide"]).to_string();
                Command::SetBus { disk, bus, name: None }
            }
        }
    }
}

fn scope(dice: &mut Dice, device: Selector) -> Scope {
    match dice.roll(4) {
        0 => Scope::All,
        1 => Scope::Some(vec![Pick::Class(*dice.pick(&[
            DeviceClass::Disk,
            DeviceClass::Interface,
            DeviceClass::Controller,
        ]))]),
        _ => device.into(),
    }
}

/// Whom a command may move: those it names, those in a slot it names, those on a hub or controller
/// it names.
fn meant(command: &Command, revision: &Revision) -> Option<BTreeSet<DeviceKey>> {
    let domain = revision.guest().domain;
    let key = |selector: &Selector| selector.find(domain).ok().map(|device| device.key);
    let mut keys: BTreeSet<DeviceKey> = match command {
        Command::Move { device, extent, .. } => {
            let device = device.find(domain).ok()?;
            let slot = |device: &Device| device.pci().map(|at| (at.bus, at.slot));
            let with = domain.devices.iter().filter(|other| {
                *extent == Extent::Slot && slot(other).is_some() && slot(other) == slot(device)
            });
            with.map(|other| other.key).chain([device.key]).collect()
        }
        Command::Swap(one, other) => [key(one), key(other)].into_iter().flatten().collect(),
        Command::Group { devices, .. } => devices.iter().filter_map(key).collect(),
        Command::Rename { disk, .. } | Command::SetBus { disk, .. } => {
            key(disk).into_iter().collect()
        }
        Command::Freeze(_)
        | Command::Adopt(_)
        | Command::Room(_)
        | Command::AddController { .. }
        | Command::SetAcpiIndex { .. } => BTreeSet::new(),
        // Whoever is thawed, or is on a controller with another index, may be anywhere.
        Command::Thaw(_) | Command::RemoveController { .. } | Command::SetController { .. } => {
            return None;
        }
    };
    let hubs: Vec<_> =
        domain.of_class(DeviceClass::Hub).filter(|hub| keys.contains(&hub.key)).collect();
    for hub in hubs {
        let Some(Address::Usb(Usb { bus, port: Some(port), .. })) = hub.value() else { continue };
        keys.extend(domain.devices.iter().filter_map(|device| match device.value() {
            Some(Address::Usb(usb)) => {
                let below = usb.port.is_some_and(|own| own.parts().starts_with(port.parts()));
                (usb.bus == *bus && below).then_some(device.key)
            }
            _ => None,
        }));
    }
    Some(keys)
}

/// What holds for everything that was done.
fn holds(command: &Command, revision: &Revision, outcome: &Outcome, hold: bool) {
    let before = revision.document.text();
    let after = outcome.after.document.text();
    assert_eq!(outcome.edit.apply(before).unwrap(), after.as_ref());
    assert_eq!(outcome.edit.invert(before).unwrap().apply(after).unwrap(), before.as_ref());
    let new: BTreeMap<DeviceKey, DeviceKey> =
        outcome.trace.iter().map(|(new, old)| (*old, *new)).collect();
    let now = outcome.after.guest().domain.by_key();
    let then = |key: &DeviceKey| new.get(key).and_then(|key| now.get(key)).copied();
    // Nobody else moves without a word.
    let told: BTreeSet<DeviceKey> = outcome.others().filter_map(|other| other.old).collect();
    if let Some(meant) = meant(command, revision) {
        for device in &revision.guest().domain.devices {
            if meant.contains(&device.key) || told.contains(&device.key) {
                continue;
            }
            let place =
                |device: &Device| device.value().filter(|v| v.is_complete()).map(Address::place);
            let found =
                then(&device.key).unwrap_or_else(|| panic!("{command}: {} is gone", device.key));
            assert_eq!(place(found), place(device), "{command}: {} {}", device.key, device.title());
        }
    }
    if hold {
        let loose = outcome.others().filter(|other| {
            let device = other.old.and_then(|key| revision.guest().domain.device(key));
            let has_place =
                device.is_some_and(|device| device.value().is_some_and(Address::is_complete));
            matches!(other.what, Some(Move::Moved { .. })) && has_place
        });
        // What is written already and moves all the same is libvirt's doing.
        let moved: Vec<_> = loose.map(|other| &other.title).collect();
        assert!(moved.is_empty(), "{command} --hold: {moved:?}");
    }
    // What was asked for is what is read.
    match command {
        Command::Move { device, to, extent, .. } => {
            let device = device.find(revision.guest().domain).unwrap();
            let found = then(&device.key).unwrap();
            if *extent == Extent::Slot {
                let slot = |at: PciAddress| (at.bus, at.slot, at.function);
                let (_, _, function) = slot(device.pci().unwrap());
                let (bus, slot_, _) = slot(to.pci().unwrap());
                assert_eq!(found.pci().map(slot), Some((bus, slot_, function)), "{command}");
            } else {
                assert_eq!(found.value().unwrap().place(), to.place(), "{command}");
            }
            assert!(!found.is_implied());
        }
        Command::Swap(one, other) => {
            let find = |name: &Selector| name.find(revision.guest().domain).unwrap();
            let (one, other) = (find(one), find(other));
            let place = |key: &DeviceKey| then(key).unwrap().value().unwrap().place();
            assert_eq!(place(&one.key), other.value().unwrap().place(), "{command}");
            assert_eq!(place(&other.key), one.value().unwrap().place(), "{command}");
        }
        Command::Room(_) | Command::AddController { .. } => {
            let count = |revision: &Revision| revision.domain.controllers().count();
            assert!(count(&outcome.after) > count(revision), "{command}");
        }
        Command::Rename { disk, name, .. } => {
            let key = disk.find(revision.guest().domain).unwrap().key;
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
    let mut dice = Dice(roll);
    let mut undo = Vec::new();
    for _ in 0..count {
        let command = command(&mut dice, &revision);
        let manner = Manner { hold: dice.roll(3) == 0, force: dice.roll(6) == 0 };
        match command.change(&revision, manner) {
            Err(refusal) => {
                assert!(!refusal.message.is_empty() && !refusal.code.is_empty(), "{command}");
                assert_ne!(refusal.code, "not-as-asked", "{command}: {refusal:?}\n{text}");
                assert_ne!(refusal.code, "no-device", "{command}: {refusal:?}");
            }
            Ok(outcome) => {
                let hold = manner.hold || matches!(command, Command::Room(_));
                holds(&command, &revision, &outcome, hold);
                undo.push(outcome.edit.invert(revision.document.text()).unwrap());
                revision = outcome.after;
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
    let freeze = Command::Freeze(Scope::All);
    let Ok(outcome) = freeze.change(&revision, Manner::default()) else { return false };
    let others: Vec<_> = outcome.others().map(|other| &other.title).collect();
    assert!(others.is_empty(), "{others:?}\n{text}");
    let moved = outcome.differences.iter().find(|difference| {
        !matches!(difference.what, Some(Move::Kept { .. })) || !difference.notices.is_empty()
    });
    assert!(moved.is_none(), "{moved:?}\n{text}");
    let again = freeze.change(&outcome.after, Manner::default()).unwrap();
    assert!(again.is_empty(), "{:?}\n{text}", again.edit);
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

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
