//! Names of devices in a Linux guest, as cells and lines.

use std::collections::BTreeMap;

use super::Guest;
use crate::model::DeviceKey;
use crate::topology::names::{DiskNames, NicName, Scheme, disk_names, nic_names};

/// The names of a guest's NICs and disks.
#[derive(Clone, Debug, Default)]
pub struct GuestNames {
    nics: BTreeMap<DeviceKey, NicName>,
    /// The names by systemd 257.
    newer: BTreeMap<DeviceKey, NicName>,
    disks: BTreeMap<DeviceKey, DiskNames>,
}

impl GuestNames {
    /// The names in `guest`.
    pub fn of(guest: Guest<'_>) -> Self {
        Self {
            nics: nic_names(guest.topology, guest.domain, Scheme::V251),
            newer: nic_names(guest.topology, guest.domain, Scheme::V257),
            disks: disk_names(guest.topology, guest.domain),
        }
    }

    /// The one name of a device, where it has one: `ens3`, `vda`, `sr0`.
    pub fn short(&self, key: DeviceKey) -> Option<&str> {
        match (self.nics.get(&key), self.disks.get(&key)) {
            (Some(nic), _) => nic.name(),
            (None, Some(disk)) => disk.kernel.as_deref(),
            (None, None) => None,
        }
    }

    /// Everything about a device's names, as labels and values.
    pub fn lines(&self, key: DeviceKey) -> Vec<(&'static str, String)> {
        let mut lines = Vec::new();
        if let Some(nic) = self.nics.get(&key) {
            let shown = |nic: &NicName| nic.name().map_or_else(kept, ToOwned::to_owned);
            let newer = self.newer.get(&key).map(shown).filter(|newer| *newer != shown(nic));
            let newer = newer.map(|name| format!(", with systemd 257 {name}")).unwrap_or_default();
            lines.push(("named", format!("{}{newer}  (predicted)", shown(nic))));
        }
        if let Some(disk) = self.disks.get(&key) {
            let kernel = disk.kernel.as_deref().unwrap_or("depends on the order of drivers");
            lines.push(("named", format!("{kernel}  (predicted)")));
            lines.push(("SCSI", disk.hctl().unwrap_or_default()));
            lines.push(("by-path", disk.by_path().into_iter().next().unwrap_or_default()));
            let by_id = disk.by_id().map(|by_id| {
                let moves = if disk.by_id_is_stable() { "" } else { "  (changes with its place)" };
                format!("{by_id}{moves}")
            });
            lines.push((
                "by-id",
                by_id.unwrap_or_else(|| "none: the disk has no <serial>".to_owned()),
            ));
        }
        lines
    }
}

/// The name of a NIC that cannot be renamed.
fn kept() -> String {
    "the kernel's name (another NIC already has the predictable one)".to_owned()
}
