//! Random guests, defined in a real libvirt: `assign` has to give what it gives.
//!
//! Runs with `VIRT_TOPO_LIVE=1` and a libvirtd at `qemu:///system`. `VIRT_TOPO_LIVE_GUESTS` says how
//! many guests (60 when it does not), `VIRT_TOPO_LIVE_SEED` which; a difference is reported with its
//! number, and that number alone makes the guest again. A single guest is printed.

use std::collections::{BTreeMap, BTreeSet};

use crate::harness::libvirt::{Answer, ask, built, daemon, machines, number};
use crate::support::other_machine;
use crate::support::random_guest;
use virt_topo::assign::{ParseMode, assign};
use virt_topo::check::Allowed;
use virt_topo::edit::command::Scope;
use virt_topo::edit::{Checked, Command, Options, Revision, plan_assignment};
use virt_topo::machine::Machine;
use virt_topo::machine::libvirt::MEASURED;
use virt_topo::model::{Code, ControllerKind, Device, DeviceClass, Domain, Kind, Problem};

/// The identity of a device for libvirt.
fn identity(device: &Device) -> String {
    let class = device.class();
    let word = |text: &Option<Box<str>>| text.as_deref().unwrap_or("-").to_owned();
    match &device.kind {
        Kind::Controller(controller) => {
            // The default models of these never show in a definition.
            let model = match controller.kind {
                ControllerKind::Pci | ControllerKind::Usb | ControllerKind::Scsi => {
                    word(&controller.model)
                }
                _ => "-".to_owned(),
            };
            let index = controller.index.map_or("-".to_owned(), |index| index.to_string());
            let target = &controller.target;
            format!(
                "controller {} {index} {model} chassisNr={:?} chassis={:?} port={:?} busNr={:?} \
                 master={:?}",
                controller.word,
                target.chassis_nr,
                target.chassis,
                target.port,
                target.bus_nr,
                controller.master
            )
        }
        Kind::Disk(disk) => format!("disk {}", word(&disk.target)),
        Kind::Interface(interface) => format!("interface {}", word(&interface.mac)),
        Kind::Hostdev(hostdev) => format!("hostdev {} {}", word(&hostdev.backend), hostdev.host),
        Kind::Parallel(chardev)
        | Kind::Serial(chardev)
        | Kind::Console(chardev)
        | Kind::Channel(chardev) => {
            format!("{class} {} {}", word(&chardev.target_type), word(&chardev.target_name))
        }
        Kind::Video(video) => format!("video {}", word(&video.model)),
        Kind::Filesystem(filesystem) => format!("filesystem {}", word(&filesystem.target)),
        Kind::Memory(memory) => format!("memory {}", word(&memory.model)),
        Kind::Input(input) => format!("input {} {}", word(&input.kind), word(&input.bus)),
        Kind::Shmem(shmem) => format!("shmem {}", word(&shmem.name)),
        Kind::Qemu(_) => "qemu".to_owned(),
        kind => format!("{class} {}", kind.plain().map_or("-".to_owned(), |own| word(&own.model))),
    }
}

/// Every controller, and every other device that has an address, with how often. A device whose
/// element this libvirt drops is none.
fn facts(domain: &Domain) -> BTreeMap<String, u32> {
    let mut facts = BTreeMap::new();
    let machine = Machine::of(domain);
    for device in domain.devices.iter().filter(|device| machine.knows(device)) {
        // The first console repeats the address of its serial port.
        let mirrors = device.class() == DeviceClass::Console && device.variant() != Some("virtio");
        let address = device.address().filter(|value| value.is_complete());
        if mirrors || (address.is_none() && device.controller().is_none()) {
            continue;
        }
        let mut attributes = address.map(virt_topo::model::Address::attributes).unwrap_or_default();
        attributes.retain(|(name, value)| *name != "multifunction" || value == "on");
        let attributes: Vec<_> =
            attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let fact = format!("{} @ {}", identity(device), attributes.join(" "));
        *facts.entry(fact).or_default() += 1;
    }
    facts
}

/// Prefixes of libvirt's messages about devices that have their addresses already: not a matter of
/// assigning them.
///
/// Source: `qemu_validate.c`, `domain_validate.c`.
const LATER: &[&str] = &[
    "internal error: SCSI controller only supports 1 bus",
    "unsupported configuration: target must be 0 for",
    "internal error: Only 1 IDE controller is supported",
    "internal error: Only 1 fdc",
    "unsupported configuration: bus must be 0 for sata controller",
    "unsupported configuration: Only a single IDE controller is supported",
    "unsupported configuration: IDE controllers are unsupported",
    "unsupported configuration: Found duplicate drive address",
    "unsupported configuration: SCSI host address controller=",
    "unsupported configuration: memory device slot",
    "unsupported configuration: count of memory devices",
    "unsupported configuration: Disk bus 'fdc'",
    "unsupported configuration: this QEMU binary lacks multiple smartcard support",
    "unsupported configuration: Option '",
    "unsupported configuration: USB controller model '",
    "unsupported configuration: usb keyboard is not supported by this QEMU binary",
    "unsupported configuration: PCI controller",
    "unsupported configuration: video type '",
    "unsupported configuration: domain configuration does not support video model",
    "unsupported configuration: chardev type 'spicevmc' not supported",
    "XML error: Hostdev already exists",
    "unsupported configuration: Sound controller",
    "internal error: Invalid bus type",
    "unsupported configuration: virtio serial device has invalid address type",
    "XML error: Invalid PCI address uid",
    "internal error: Invalid floppy device name",
    "unsupported configuration: Invalid address type '",
    "unsupported configuration: ps2 bus inputs require the ps2 feature",
];

/// The difference about one guest; `None` when both agree.
fn disagreement(name: &str, text: &str, tally: &mut Tally) -> Option<String> {
    let revision = built(text);
    let ours = assign(&revision.domain, ParseMode::Define);
    let quotes: BTreeSet<&str> = revision
        .problems
        .iter()
        .filter_map(|problem| problem.libvirt.as_deref())
        .chain(ours.refusals.iter().filter_map(|refusal| refusal.libvirt.as_deref()))
        .collect();
    match ask(name, text) {
        Answer::Defined(xml) => {
            tally.defined += 1;
            if !quotes.is_empty() {
                return Some(format!("libvirt accepts it, refused here: {quotes:?}"));
            }
            let theirs = facts(&built(&xml).domain);
            let edit = plan_assignment(&revision, &ours.domain, revision.domain.dialect);
            let written = edit.unwrap().apply(text).unwrap();
            let again = built(&written).domain;
            if facts(&assign(&again, ParseMode::Define).domain) != facts(&ours.domain) {
                return Some("assigning twice is not assigning once".to_owned());
            }
            difference(&theirs, &facts(&ours.domain))
        }
        Answer::Refused(error) => {
            let first = ours.refusals.first().and_then(|refusal| refusal.libvirt.as_deref());
            let is_first = if revision.problems.is_empty() {
                first == Some(error.as_str())
            } else {
                quotes.contains(error.as_str())
            };
            if is_first {
                tally.refused += 1;
                return None;
            }
            let checked = Checked::of(&revision, &Allowed::default());
            let found = |problem: &Problem| problem.libvirt.as_deref() == Some(error.as_str());
            // An error of a guest with several: what the parser refuses comes before what this
            // side finds while it assigns.
            if !quotes.contains(error.as_str()) && checked.problems.iter().any(found) {
                tally.refused += 1;
                return None;
            }
            if quotes.is_empty() && LATER.iter().any(|later| error.starts_with(later)) {
                tally.later += 1;
                *tally.reasons.entry(error).or_default() += 1;
                return None;
            }
            Some(format!("libvirt: {error}\n    here: {first:?} of {quotes:?}"))
        }
    }
}

fn difference(theirs: &BTreeMap<String, u32>, ours: &BTreeMap<String, u32>) -> Option<String> {
    let only = |a: &BTreeMap<String, u32>, b: &BTreeMap<String, u32>, sign: char| {
        let lines = a.iter().filter(|(fact, count)| b.get(*fact) != Some(*count));
        let lines: Vec<_> =
            lines.map(|(fact, count)| format!("\n    {sign} {fact} x{count}")).collect();
        lines.concat()
    };
    let text = only(theirs, ours, '-') + &only(ours, theirs, '+');
    (!text.is_empty()).then_some(text)
}

#[derive(Debug, Default)]
struct Tally {
    /// Guests with the same topology on both sides.
    defined: u32,
    /// Guests that both sides refuse with the same message.
    refused: u32,
    /// Guests libvirt refuses after it gave out addresses.
    later: u32,
    /// The reasons with their counts.
    reasons: BTreeMap<String, u32>,
}

/// Compares so many guests; every one that differs.
fn compare(what: &str, guests: u64, make: impl Fn(u64, &str) -> String) -> Vec<String> {
    let seed = number("VIRT_TOPO_LIVE_SEED", 20_091_104);
    let mut tally = Tally::default();
    let mut wrong = Vec::new();
    for seed in seed..seed + guests {
        let name = format!("virt-topo-random-{what}-{seed}");
        let guest = make(seed, &name);
        if guests == 1 {
            println!("{guest}");
        }
        if let Some(text) = disagreement(&name, &guest, &mut tally) {
            wrong.push(format!("{what}, VIRT_TOPO_LIVE_SEED={seed}: {text}"));
        }
    }
    println!("{guests} {what} guests from seed {seed}: {tally:?}, {} disagreements", wrong.len());
    // A test of nothing but refusals would prove little.
    if u64::from(tally.defined) * 6 < guests {
        wrong.push(format!("{what}: only {} of {guests} guests defined", tally.defined));
    }
    wrong
}

/// The guest frozen as the oldest libvirt that was asked would place it; `None` where that refuses it,
/// or drops a device that it does not know.
fn frozen(text: &str) -> Option<Revision> {
    let old = Revision::build_for(text, MEASURED[0]).unwrap();
    let machine = Machine::of(&old.domain);
    let is_known = old.domain.devices.iter().all(|device| machine.knows(device));
    let refusals = assign(&old.domain, ParseMode::Define).refusals;
    if !is_known || !old.problems.is_empty() || !refusals.is_empty() {
        return None;
    }
    // What the old one gives no place cannot be frozen: a usb-net card, and PCI on a board of which
    // it does not know that it has PCI.
    let is_open = |device: &Device| {
        device.class() == DeviceClass::Interface
            && device.address().is_some_and(|address| !address.is_complete())
    };
    let has_same_root = machine.root() == Machine::of(&built(text).domain).root();
    if !has_same_root || old.guest().domain.devices.iter().any(is_open) {
        return None;
    }
    match Command::Freeze(Scope::All).dry_run(&old, Options::default()) {
        Ok(done) => Some(done.preview.after),
        // libvirt adds a USB controller beside one of model none, and refuses the two when written.
        Err(refusal) => {
            assert_eq!(refusal.code, Code::UsbNone, "{refusal}");
            None
        }
    }
}

/// Differences between a frozen guest and what this libvirt makes of it.
fn thawed(name: &str, frozen: &Revision, tally: &mut Tally) -> Option<String> {
    let text = frozen.document.text();
    match ask(name, text) {
        Answer::Defined(xml) => {
            tally.defined += 1;
            difference(&facts(&built(&xml).domain), &facts(frozen.guest().domain))
        }
        Answer::Refused(error) => {
            let checked = Checked::of(&built(text), &Allowed::default());
            let found = |problem: &Problem| problem.libvirt.as_deref() == Some(error.as_str());
            if checked.problems.iter().any(found) {
                tally.refused += 1;
            } else if LATER.iter().any(|later| error.starts_with(later)) {
                tally.later += 1;
            } else {
                return Some(format!("libvirt: {error}"));
            }
            None
        }
    }
}

/// Frozen guests that differ, of so many guests.
fn compare_frozen(what: &str, guests: u64, make: impl Fn(u64, &str) -> String) -> Vec<String> {
    let first = number("VIRT_TOPO_LIVE_SEED", 20_091_104);
    let mut tally = Tally::default();
    let mut wrong = Vec::new();
    for seed in first..first + guests {
        let name = format!("virt-topo-frozen-{what}-{seed}");
        let Some(frozen) = frozen(&make(seed, &name)) else { continue };
        if let Some(text) = thawed(&name, &frozen, &mut tally) {
            wrong.push(format!("{what}, VIRT_TOPO_LIVE_SEED={seed}: {text}"));
        }
    }
    println!("{guests} {what} guests from seed {first}, frozen: {tally:?}");
    wrong
}

#[test]
fn frozen_guests_stay_as_they_are_whichever_libvirt_reads_them() {
    let Some(_daemon) = daemon() else { return };
    let guests = number("VIRT_TOPO_LIVE_GUESTS", 60);
    let mut wrong = compare_frozen("x86", guests, random_guest::guest);
    for (machine, what) in machines() {
        let make = |seed, name: &str| other_machine::guest(machine, seed, name);
        wrong.extend(compare_frozen(&what, guests / 6, make));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn random_guests_get_the_addresses_a_real_libvirt_gives_them() {
    let Some(_daemon) = daemon() else { return };
    let wrong = compare("x86", number("VIRT_TOPO_LIVE_GUESTS", 60), random_guest::guest);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn so_do_random_guests_of_other_machines() {
    let Some(_daemon) = daemon() else { return };
    let guests = number("VIRT_TOPO_LIVE_GUESTS", 60) / 6;
    let mut wrong = Vec::new();
    for (machine, what) in machines() {
        let make = |seed, name: &str| other_machine::guest(machine, seed, name);
        wrong.extend(compare(&what, guests, make));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
