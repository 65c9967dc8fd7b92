//! Isolation groups: host devices of a pSeries guest that may share a host bridge.
//!
//! Source: `qemu_domain_address.c: qemuDomainFillDeviceIsolationGroup`.

use std::collections::HashMap;

use super::work::Work;
use crate::machine::MachineKind;
use crate::model::{Device, HostPci, HostSource, Kind};

/// The group of every device, by its number: 0 for all that are not passed through.
///
/// libvirt asks the host for the IOMMU group; here the host is not looked at. On POWER hosts a
/// partitionable endpoint, which is what Linux makes a group of, is a PCI bus: devices of one host
/// bus count as one group.
pub(super) fn groups(work: &Work) -> Vec<u32> {
    if work.machine.kind != MachineKind::Pseries {
        return Vec::new();
    }
    let mut known: HashMap<(u32, u32), u32> = HashMap::new();
    let devices = work.domain.devices.iter();
    devices
        .map(|device| {
            let Some(host) = host_of(device) else { return 0 };
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX - 1) + 1;
            *known.entry((host.domain, host.bus)).or_insert(next)
        })
        .collect()
}

fn host_of(device: &Device) -> Option<HostPci> {
    let source = match &device.kind {
        Kind::Hostdev(hostdev) => Some(&hostdev.host),
        Kind::Interface(interface) => interface.host.as_ref(),
        _ => None,
    };
    match source? {
        HostSource::Pci(host) => Some(*host),
        _ => None,
    }
}
