//! `freeze` and `thaw`: make an address fixed or automatic.
//!
//! Today's libvirt keeps what is written, so freezing writes the address it would choose, and
//! thawing removes it. The dialect of 2009 has an attribute for it, and only that changes there.

use std::collections::HashMap;

use super::change_builder::{ChangeBuilder, movable, name};
use super::scope::{Chosen, Scope};
use crate::assign::{ParseMode, assign, no_place};
use crate::edit::revision::Revision;
use crate::model::address::Pci;
use crate::model::{
    Address, AddressKind, Change, Device, DeviceKey, Domain, Problem, Text, Version,
};

/// Writes down where devices are.
pub(super) fn freeze(builder: &mut ChangeBuilder<'_>, scope: &Scope) -> Result<(), Box<Problem>> {
    let chosen = scope.choose(builder)?;
    if !builder.is_of_2009() {
        builder.pin_models(models_of_release(builder.revision));
    }
    let mut frozen = Vec::new();
    for Chosen { device, is_named } in chosen {
        // Devices that libvirt adds today did not exist in a guest of 2009; they are frozen only if
        // named.
        let is_meant = is_named || !device.is_implied() || !builder.is_of_2009();
        if builder.is_dynamic(device) {
            frozen.extend(Some(device).filter(|_| is_meant));
            continue;
        }
        if device.controller().is_some() && !device.is_implied() {
            // Its place stays, its numbers may not.
            builder.pin_numbers(device.key());
        }
        if is_named {
            movable(builder.guest(), device)?;
            if !has_place(device) {
                return no_own_place(device, "freeze").refuse();
            }
            builder.notes.push(format!("{} already has this fixed address", name(device)));
        }
    }
    builder.title = title("freeze", scope, &frozen);
    let keys: Vec<DeviceKey> = frozen.iter().map(|device| device.key()).collect();
    // All devices are marked before the first one pins its controllers.
    for key in &keys {
        builder.mark_subject(*key);
    }
    for key in keys {
        builder.freeze(key);
    }
    Ok(())
}

/// Models that controllers leave open and that another known libvirt would choose otherwise, as this
/// one chooses them.
///
/// With the model changes the kind of place that a controller takes: an address that is written for
/// one model may be refused for the other.
fn models_of_release(revision: &Revision) -> HashMap<DeviceKey, Text> {
    let others = [Version::OLDEST_LIBVIRT, Version::NEWEST_LIBVIRT].map(|libvirt| {
        assign(&Domain { libvirt, ..revision.domain.clone() }, ParseMode::Define).domain
    });
    let model = |domain: &Domain, key: DeviceKey| -> Option<Text> {
        domain.device(key)?.controller()?.model.clone()
    };
    let completed = revision.guest().domain;
    let open = revision
        .domain
        .controllers()
        .filter(|(_, controller)| matches!(controller.model.as_deref(), None | Some("auto")));
    open.filter_map(|(device, _)| {
        let key = device.key();
        let chosen = model(completed, key)?;
        let differs = others.iter().any(|other| model(other, key).as_ref() != Some(&chosen));
        differs.then_some((key, chosen))
    })
    .collect()
}

/// Lets libvirt choose again.
pub(super) fn thaw(builder: &mut ChangeBuilder<'_>, scope: &Scope) -> Result<(), Box<Problem>> {
    let chosen = scope.choose(builder)?;
    let mut thawed: Vec<&Device> = Vec::new();
    for Chosen { device, is_named } in chosen {
        if builder.is_static(device)
            && has_place(device)
            && movable(builder.guest(), device).is_ok()
        {
            thawed.push(device);
        } else if is_named {
            movable(builder.guest(), device)?;
            if !has_place(device) {
                return no_own_place(device, "thaw").refuse();
            }
            builder.notes.push(format!("{} is not frozen", name(device)));
        }
    }
    builder.title = title("thaw", scope, &thawed);
    let kinds = if builder.is_of_2009() { HashMap::new() } else { kinds_without(builder, &thawed) };
    for device in thawed {
        let kind = device.address().map(Address::kind);
        match kinds.get(&device.key()) {
            Some(other) if *other != kind => keep_kind(builder, device),
            _ => builder.thaw(device.key()),
        }
    }
    Ok(())
}

/// The kind of address that libvirt would give to each device if none of them had one.
fn kinds_without(
    builder: &ChangeBuilder<'_>,
    devices: &[&Device],
) -> HashMap<DeviceKey, Option<AddressKind>> {
    let mut kinds: HashMap<DeviceKey, Option<AddressKind>> =
        devices.iter().map(|device| (device.key(), None)).collect();
    let mut domain = builder.revision.domain.clone();
    for device in domain.devices.iter_mut().filter(|device| kinds.contains_key(&device.key())) {
        device.address = None;
    }
    for device in &assign(&domain, ParseMode::Define).domain.devices {
        if let Some(kind) = kinds.get_mut(&device.key()) {
            *kind = device.address().map(Address::kind);
        }
    }
    kinds
}

/// A device for which libvirt would choose another kind of address keeps the kind it has.
fn keep_kind(builder: &mut ChangeBuilder<'_>, device: &Device) {
    let open = match builder.written(device.key()).and_then(Device::address) {
        Some(Address::Pci(pci)) => Address::Pci(Pci { zpci: pci.zpci, ..Pci::default() }),
        Some(Address::Ccw(_)) => Address::Ccw(None),
        _ => {
            let why = "libvirt would give it no address, or one of another type";
            builder.notes.push(format!("{} stays frozen: {why}", name(device)));
            return;
        }
    };
    builder.mark_subject(device.key());
    builder.push(Change::Move { device: device.key(), to: open });
}

/// Whether the address names a place, and not only the bus.
fn has_place(device: &Device) -> bool {
    device.address().is_some_and(|value| value.is_complete() && !value.place().is_empty())
}

fn no_own_place(device: &Device, verb: &str) -> Problem {
    no_place(device, format!("{} has no place of its own to {verb}", name(device)))
}

fn title(verb: &str, scope: &Scope, devices: &[&Device]) -> String {
    match (scope, devices) {
        (_, [device]) => format!("{verb} {}", name(device)),
        (Scope::All, devices) => format!("{verb} all: {} devices", devices.len()),
        (_, devices) => format!("{verb} {} devices", devices.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::{diff, done, guest, moving, others, refused, scope, with};
    use super::super::{Command, Options};
    use crate::model::Code;

    const NICS: &str = "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>
<interface type='user'><mac address='52:54:00:00:00:02'/><model type='virtio'/></interface>
<memballoon model='none'/>";

    fn freeze(words: &str) -> Command {
        Command::Freeze(scope(words))
    }

    fn thaw(words: &str) -> Command {
        Command::Thaw(scope(words))
    }

    #[test]
    fn a_frozen_device_is_written_where_it_is() {
        let revision = guest("pc", NICS);
        let outcome = done(&revision, &freeze("interface:1"));
        assert_eq!(
            diff(&revision, &outcome)[1..],
            ["+<interface type='user'><mac address='52:54:00:00:00:02'/><model type='virtio'/>\
                 <address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/>\
                 </interface>"]
        );
        assert_eq!(others(&outcome), [""; 0]);
        assert_eq!(outcome.title, "freeze net virtio 52:54:00:00:00:02 user");
        let again = done(&outcome.preview.after, &freeze("interface:1"));
        assert!(again.is_empty(), "{again:?}");
        assert_eq!(again.notes.len(), 1, "{:?}", again.notes);
    }

    #[test]
    fn a_nic_behind_an_assigned_port_takes_the_port_along() {
        let revision = guest("q35", NICS);
        let outcome = done(&revision, &freeze("interface:1"));
        let diff = diff(&revision, &outcome).join("\n");
        for part in [
            "<controller type='pci' index='2' model='pcie-root-port'>",
            "<target chassis='2' port='0x9'/>",
            "slot='0x01' function='0x1'/>",
            "<address type='pci' domain='0x0000' bus='0x02' slot='0x00' function='0x0'/>",
        ] {
            assert!(diff.contains(part), "{part} in {diff}");
        }
        assert!(
            outcome.notes.iter().any(|note| note.starts_with("pcie-root-port 2 is also written"))
        );
    }

    #[test]
    fn all_are_what_libvirt_would_choose() {
        for machine in ["pc", "q35", "aarch64 virt", "ppc64 pseries", "s390x s390-ccw-virtio"] {
            let revision = guest(machine, NICS);
            let outcome = done(&revision, &freeze(""));
            assert_eq!(others(&outcome), [""; 0], "{machine}");
            let domain = outcome.preview.after.guest().domain;
            let loose = domain.devices.iter().filter(|device| {
                super::super::change_builder::ChangeBuilder::new(&outcome.preview.after)
                    .is_dynamic(device)
            });
            assert_eq!(loose.count(), 0, "{machine}");
            assert!(done(&outcome.preview.after, &freeze("")).is_empty(), "{machine}");
        }
    }

    #[test]
    fn a_model_that_another_libvirt_would_choose_otherwise_is_written() {
        let devices = "<controller type='scsi' index='0'/>
<controller type='scsi' index='1' model='virtio-scsi'/>
<controller type='usb' index='1'/>";
        let revision = guest("q35", devices);
        let outcome = done(&revision, &freeze(""));
        let diff = diff(&revision, &outcome).join("\n");
        assert!(diff.contains("+<controller type='scsi' index='0' model='virtio-scsi'>"), "{diff}");
        // Every libvirt chooses this one.
        assert!(diff.contains("+<controller type='usb' index='1'>"), "{diff}");
        let again = done(&outcome.preview.after, &freeze(""));
        assert!(again.is_empty(), "{again:?}");
    }

    #[test]
    fn a_number_that_follows_from_others_is_written_too() {
        let devices = "<controller type='pci' index='1' model='pci-expander-bus'/>
<controller type='pci' index='2' model='pci-expander-bus'><address type='pci' slot='29'/></controller>";
        let outcome = done(&guest("pc", devices), &freeze("controller"));
        let text = outcome.preview.after.document.text();
        assert!(
            text.contains("<target busNr='254'/>") && text.contains("<target busNr='252'/>"),
            "{text}"
        );
        assert!(done(&outcome.preview.after, &freeze("controller")).is_empty());
    }

    #[test]
    fn of_a_class_or_of_several() {
        let revision = guest("pc", NICS);
        let outcome = done(&revision, &freeze("interface"));
        assert_eq!(outcome.title, "freeze 2 devices");
        let same = done(&revision, &freeze("52:54:00:00:00:01 interface:1"));
        assert_eq!(outcome.preview.after.document.text(), same.preview.after.document.text());
        let refusal = refused(&revision, &freeze("input:0"));
        assert_eq!(refusal.code, Code::NoPlace);
        assert_eq!(refused(&revision, &freeze("eth9")).code, Code::NoDevice);
    }

    #[test]
    fn thawing_one_names_those_that_move_into_its_place_and_can_hold_them() {
        let revision = guest("pc", NICS);
        let frozen = done(&revision, &moving(&revision, "interface:0", "0:9")).preview.after;
        assert_eq!(
            others(&done(&revision, &moving(&revision, "interface:0", "0:9"))),
            ["net virtio 52:54:00:00:00:02 user: pci 0000:00:03.0 to pci 0000:00:02.0"]
        );
        let outcome = done(&frozen, &thaw("interface:0"));
        assert_eq!(
            others(&outcome),
            ["net virtio 52:54:00:00:00:02 user: pci 0000:00:02.0 to pci 0000:00:03.0"]
        );
        assert_eq!(outcome.preview.after.document.text(), revision.document.text());
        let held =
            with(&frozen, &thaw("interface:0"), Options { freeze_others: true, force: false });
        let held = held.unwrap();
        assert_eq!(others(&held), [""; 0]);
        assert!(held.preview.after.document.text().contains("slot='0x02'"));
    }

    #[test]
    fn the_dialect_of_2009_has_a_word_for_it() {
        let text = "<sound model='ac97'><address type='pci' mode='dynamic' slot='4'/></sound>
<sound model='es1370'><address type='pci' mode='static' slot='5'/></sound>
<sound model='ich6'/>
<input type='tablet' bus='usb'><address type='usb' mode='dynamic' bus='0' dev='2'/></input>
<memballoon model='none'/>";
        let revision = guest("pc", text);
        let outcome = done(&revision, &freeze("sound:0 sound:2 input:0"));
        let text = outcome.preview.after.document.text();
        assert!(text.contains("<address type='pci' mode='static' slot='4'/>"), "{text}");
        assert!(text.contains("<address type='usb' mode='static' bus='0' dev='2'/>"), "{text}");
        assert!(
            text.contains("<sound model='ich6'>\n      <address type='pci' mode='static' domain=")
        );
        assert!(!text.contains("<controller"), "{text}");
        assert!(
            !done(&revision, &freeze("")).preview.after.document.text().contains("<controller")
        );
        let back = done(&outcome.preview.after, &thaw("sound:0 input:0"));
        let text = back.preview.after.document.text();
        assert!(text.contains("<address type='pci' mode='dynamic' slot='4'/>"), "{text}");
        assert!(text.contains("<address type='usb' mode='dynamic' bus='0' dev='2'/>"), "{text}");
    }

    #[test]
    fn a_thawed_device_keeps_its_kind_of_address() {
        let nic = "<interface type='user'><model type='virtio'/><address type='pci' slot='4'/></interface>";
        let revision = guest("s390x s390-ccw-virtio", nic);
        let outcome = done(&revision, &thaw("interface:0"));
        assert!(outcome.preview.after.document.text().contains("<address type='pci'/>"));
        let mmio = "<interface type='user'><model type='virtio'/><address type='virtio-mmio'/></interface>";
        let revision = guest("aarch64 virt", mmio);
        assert!(done(&revision, &thaw("")).is_empty());
        assert_eq!(refused(&revision, &thaw("interface:0")).code, Code::NoPlace);
    }
}
