//! Small guests for tests, and short descriptions of their assignment.

use super::{Assignment, ParseMode, assign};
use crate::model::{Address, Device, Version};
use crate::xml::{Document, decode::decode_for};

/// A guest of this machine with these devices, completed as a new one.
pub(super) fn completed(arch: &str, machine: &str, devices: &str) -> Assignment {
    with("", arch, machine, devices, ParseMode::Define)
}

/// Like [`completed`], with the machine as one text: `x86_64 q35`.
pub(super) fn guest(machine: &str, devices: &str) -> Assignment {
    let (arch, machine) = machine.split_once(' ').unwrap();
    completed(arch, machine, devices)
}

/// Like [`guest`], with this libvirt.
pub(super) fn guest_for(libvirt: &str, machine: &str, devices: &str) -> Assignment {
    let (arch, machine) = machine.split_once(' ').unwrap();
    for_libvirt(libvirt.parse().unwrap(), "", arch, machine, devices, ParseMode::Define)
}

/// Like [`completed`], with more of the domain before `<os>`.
pub(super) fn with(
    features: &str,
    arch: &str,
    machine: &str,
    devices: &str,
    mode: ParseMode,
) -> Assignment {
    for_libvirt(Version::NEWEST_LIBVIRT, features, arch, machine, devices, mode)
}

fn for_libvirt(
    libvirt: Version,
    features: &str,
    arch: &str,
    machine: &str,
    devices: &str,
    mode: ParseMode,
) -> Assignment {
    let text = format!(
        "<domain>{features}<os><type arch='{arch}' machine='{machine}'>hvm</type></os>\
         <devices>{devices}</devices></domain>"
    );
    let decoded = decode_for(&Document::parse(text).unwrap(), libvirt).unwrap();
    assert_eq!(decoded.problems, [], "{devices}");
    assign(&decoded.domain, mode)
}

/// `disk:0 drive 0:0:0:1` for every device of a class that has an address.
pub(super) fn of_class(assignment: &Assignment, class: &str) -> Vec<String> {
    let devices = assignment.domain.devices.iter();
    let devices = devices.filter(|device| device.class().as_str() == class);
    let told = devices.filter_map(|device| Some(format!("{} {}", device.key(), device.address()?)));
    told.collect()
}

/// Lines like `interface:0 pci 0000:00:03.0` of every device whose line contains `word`.
pub(super) fn lines(assignment: &Assignment, word: &str) -> Vec<String> {
    let shown = |device: &Device| {
        let address = device.address().map(Address::to_string).unwrap_or_default();
        format!("{} {address}", device.key())
    };
    assignment.domain.devices.iter().map(shown).filter(|line| line.contains(word)).collect()
}

/// Controllers of a kind in document order, `0 lsilogic`, added ones behind the others.
pub(super) fn controllers(assignment: &Assignment, kind: &str) -> Vec<String> {
    let all = assignment.domain.controllers().filter(|(_, controller)| &*controller.word == kind);
    let told = all.map(|(_, controller)| {
        let model = controller.model.as_deref().unwrap_or("-");
        format!("{} {model}", controller.index_or_zero())
    });
    told.collect()
}

/// libvirt's messages of all refusals.
pub(super) fn words(assignment: &Assignment) -> Vec<&str> {
    assignment.refusals.iter().filter_map(|refusal| refusal.libvirt.as_deref()).collect()
}
