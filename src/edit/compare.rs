//! Comparison of two states of a guest: moved, new and removed devices, and what the guest will
//! notice.
//!
//! Devices are matched by their identity (target, MAC, controller index, alias), so two files can
//! be compared as well as two revisions of one.

use std::collections::{BTreeMap, HashSet};

use super::identity::full_title;
use super::key_map::{DeviceMap, by_identity};
use crate::model::{Device, DeviceClass, DeviceKey, Placement};
use crate::topology::names::{DiskNames, NicName, Scheme, disk_names, nic_names};
use crate::topology::{Guest, GuestAddress};

/// The change of a device's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// A new device; its address, if it has one.
    Appeared(Option<String>),
    /// A removed device; the address it had.
    Gone(Option<String>),
    /// Another address than before.
    Moved {
        /// `pci 0000:00:04.0`, or nothing.
        from: Option<String>,
        /// The new address, likewise.
        to: Option<String>,
    },
    /// The same address, which stays from now on, or no longer does.
    Kept {
        /// The placement before.
        from: Placement,
        /// The placement after.
        to: Placement,
    },
}

/// A device that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its name in the old state.
    pub old: Option<DeviceKey>,
    /// Its name in the new state.
    pub new: Option<DeviceKey>,
    /// The title: `net virtio 52:54:00:1c:dc:98`.
    pub title: String,
    /// The change of its place; `None` when only the guest's view of it changed.
    pub what: Option<Move>,
    /// Its models before and now, where they differ; empty where it had none. A comparison of two
    /// states of one edit leaves it out: there the title shows the model.
    pub model: Option<(String, String)>,
    /// Sentences about what the guest will notice.
    pub notices: Vec<String>,
}

/// The differences of two guests, in the order of the new one; devices that are gone come last.
pub fn compare(old: Guest<'_>, new: Guest<'_>) -> Vec<Difference> {
    let key_map = by_identity(old.domain, new.domain, DeviceMap::new());
    differences(old, new, &key_map, model_change)
}

/// The differences of a guest between two releases of libvirt: devices that are elsewhere, or of
/// another model. A part of the machine without a place, which a newer libvirt lists, is none.
pub fn forecast(old: Guest<'_>, new: Guest<'_>) -> Vec<Difference> {
    let mut differences = compare(old, new);
    differences.retain(|difference| {
        let is_listed = matches!(difference.what, Some(Move::Appeared(None) | Move::Gone(None)));
        !is_listed || !difference.notices.is_empty()
    });
    differences
}

/// The differences between a guest before and after an edit; `key_map` maps the devices. A disk
/// with another name is still the same disk.
pub(super) fn compare_mapped(
    old: Guest<'_>,
    new: Guest<'_>,
    key_map: &DeviceMap,
) -> Vec<Difference> {
    differences(old, new, key_map, |_, _| None)
}

fn differences(
    old: Guest<'_>,
    new: Guest<'_>,
    key_map: &DeviceMap,
    model_change: fn(&Device, &Device) -> Option<(String, String)>,
) -> Vec<Difference> {
    let (before, after) = (Seen::of(old), Seen::of(new));
    let by_key = old.domain.by_key();
    let mut differences = Vec::new();
    let mut met = HashSet::new();
    for device in &new.domain.devices {
        let partner = key_map.get(&device.key()).and_then(|key| by_key.get(key)).copied();
        met.extend(partner.map(Device::key));
        let what = match partner {
            None => Some(Move::Appeared(address(device))),
            Some(partner) => moved(partner, device),
        };
        let notices = match partner {
            None => after.all(device.key()),
            Some(partner) => before.changes(partner.key(), &after, device.key()),
        };
        let model = partner.and_then(|partner| model_change(partner, device));
        if what.is_some() || model.is_some() || !notices.is_empty() {
            differences.push(Difference {
                old: partner.map(Device::key),
                new: Some(device.key()),
                title: full_title(device),
                what,
                model,
                notices,
            });
        }
    }
    let gone = old.domain.devices.iter().filter(|device| !met.contains(&device.key()));
    differences.extend(gone.map(|device| Difference {
        old: Some(device.key()),
        new: None,
        title: full_title(device),
        what: Some(Move::Gone(address(device))),
        model: None,
        notices: Vec::new(),
    }));
    differences
}

/// The models of a device, where they differ. In other classes the word is no model.
fn model_change(old: &Device, new: &Device) -> Option<(String, String)> {
    let has_model = matches!(
        new.class(),
        DeviceClass::Controller | DeviceClass::Interface | DeviceClass::Video | DeviceClass::Sound
    );
    let model = |device: &Device| device.variant().unwrap_or_default().to_owned();
    let (from, to) = (model(old), model(new));
    (has_model && from != to).then_some((from, to))
}

fn moved(old: &Device, new: &Device) -> Option<Move> {
    if old.address() != new.address() {
        let (from, to) = (address(old), address(new));
        if from != to {
            return Some(Move::Moved { from, to });
        }
    }
    let (from, to) = (old.placement(), new.placement());
    (from != to).then_some(Move::Kept { from, to })
}

fn address(device: &Device) -> Option<String> {
    device.address().filter(|value| value.is_complete()).map(ToString::to_string)
}

/// The guest's view of one state.
struct Seen<'g> {
    guest: Guest<'g>,
    nics: BTreeMap<DeviceKey, NicName>,
    disks: BTreeMap<DeviceKey, DiskNames>,
}

impl<'g> Seen<'g> {
    fn of(guest: Guest<'g>) -> Self {
        Self {
            guest,
            nics: nic_names(guest.topology, guest.domain, Scheme::V251),
            disks: disk_names(guest.topology, guest.domain),
        }
    }

    fn address(&self, key: DeviceKey) -> Option<GuestAddress> {
        self.guest.topology.guest_address(self.guest.topology.node_of(key)?)
    }

    fn nic(&self, key: DeviceKey) -> Option<&str> {
        self.nics.get(&key)?.name()
    }

    /// The notices about a device that the guest did not have.
    fn all(&self, key: DeviceKey) -> Vec<String> {
        let mut notices: Vec<String> = self
            .address(key)
            .map(|address| format!("guest address {address}"))
            .into_iter()
            .collect();
        notices.extend(self.nic(key).map(|name| format!("NIC {name}")));
        let kernel = self.disks.get(&key).and_then(|disk| disk.kernel.as_ref());
        notices.extend(kernel.map(|name| format!("disk {name}")));
        notices
    }

    /// The notices about a device that was `key` and is now `new_key`.
    fn changes(&self, key: DeviceKey, new: &Self, new_key: DeviceKey) -> Vec<String> {
        let mut notices = Vec::new();
        note(&mut notices, "guest address", self.address(key), new.address(new_key));
        note(&mut notices, "NIC", self.nic(key), new.nic(new_key));
        let (before, after) = (self.disks.get(&key), new.disks.get(&new_key));
        // Most disks stay as they are, and names take long to spell.
        if before != after {
            for (what, name) in DISK_NAMES {
                note(&mut notices, what, before.and_then(name), after.and_then(name));
            }
        }
        notices
    }
}

/// Notes a name that is another one now.
fn note<T: PartialEq + ToString>(
    notices: &mut Vec<String>,
    what: &str,
    from: Option<T>,
    to: Option<T>,
) {
    if from != to {
        let or_none = |name: Option<T>| name.map_or_else(|| "none".to_owned(), |it| it.to_string());
        notices.push(format!("{what} {} → {}", or_none(from), or_none(to)));
    }
}

type DiskName = (&'static str, fn(&DiskNames) -> Option<String>);

/// The names of a disk that files of the guest may contain.
const DISK_NAMES: &[DiskName] = &[
    ("disk", |disk| disk.kernel.clone()),
    ("by-path", |disk| disk.by_path().into_iter().next()),
    ("by-id", DiskNames::by_id),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::Revision;

    fn differences(machine: &str, old: &str, new: &str) -> Vec<String> {
        let build = |devices: &str| {
            let text = format!(
                "<domain><os><type arch='x86_64' machine='{machine}'/></os><features><acpi/>\
                 </features><devices><controller type='usb' model='none'/>{devices}<memballoon \
                 model='none'/></devices></domain>"
            );
            Revision::build(text).unwrap()
        };
        let (old, new) = (build(old), build(new));
        let found = compare(old.guest(), new.guest());
        found.iter().map(|d| format!("{}: {:?} {:?}", d.title, d.what, d.notices)).collect()
    }

    fn nic(mac: &str, slot: u32) -> String {
        format!(
            "<interface><mac address='{mac}'/><model type='virtio'/><address type='pci' slot='{slot}'/></interface>"
        )
    }

    #[test]
    fn a_nic_that_moves_has_another_name() {
        let found = differences("pc", &nic("a", 4), &nic("a", 5));
        assert_eq!(
            found,
            ["net virtio a: Some(Moved { from: Some(\"pci 0000:00:04.0\"), to: Some(\"pci \
              0000:00:05.0\") }) [\"guest address 00:04.0 → 00:05.0\", \"NIC ens4 → ens5\"]"]
        );
    }

    #[test]
    fn order_alone_is_no_difference() {
        let (one, other) = (nic("a", 4), nic("b", 5));
        let (there, back) = (format!("{one}{other}"), format!("{other}{one}"));
        assert_eq!(differences("pc", &there, &back), [""; 0]);
    }

    #[test]
    fn a_port_added_before_renames_a_nic_that_did_not_move() {
        let port = |index: u32, slot: u32| {
            format!(
                "<controller type='pci' index='{index}' model='pcie-root-port'><address \
                 type='pci' slot='{slot}'/></controller>"
            )
        };
        let nic = "<interface><mac address='a'/><model type='virtio'/><address type='pci' \
                   bus='1' slot='0'/></interface>";
        let old = port(1, 5) + nic;
        let new = port(1, 5) + &port(2, 4) + nic;
        let found = differences("q35", &old, &new);
        assert!(found[0].starts_with("pcie-root-port 2: Some(Appeared("), "{found:?}");
        assert_eq!(
            found[1],
            "net virtio a: None [\"guest address 01:00.0 → 02:00.0\", \"NIC enp1s0 → enp2s0\"]"
        );
    }

    #[test]
    fn another_model_is_a_difference_also_at_the_same_place() {
        let scsi = |model: &str| {
            format!(
                "<controller type='scsi' index='0' model='{model}'><address type='pci' \
                 slot='5'/></controller>"
            )
        };
        let build = |devices: &str| {
            Revision::build(format!(
                "<domain><os><type arch='x86_64' machine='pc'/></os><devices>{devices}</devices>\
                 </domain>"
            ))
            .unwrap()
        };
        let (old, new) = (build(&scsi("lsilogic")), build(&scsi("virtio-scsi")));
        let found = compare(old.guest(), new.guest());
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].what, None);
        assert_eq!(found[0].model, Some(("lsilogic".to_owned(), "virtio-scsi".to_owned())));
    }

    #[test]
    fn what_comes_and_goes_is_told() {
        let found = differences("pc", &nic("a", 4), &nic("b", 4));
        assert_eq!(found.len(), 2);
        assert!(found[0].contains("Appeared") && found[1].contains("Gone"), "{found:?}");
    }
}
