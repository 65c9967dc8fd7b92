//! Isolation groups: host devices of a pSeries guest that may share a host bridge.
//!
//! Source: `qemu_domain_address.c: qemuDomainFillDeviceIsolationGroup`.

use std::collections::HashMap;

use super::completion::Completion;
use crate::machine::MachineKind;
use crate::model::{Device, HostPci, HostSource, Kind};

/// The isolation group of every device, by its number: 0 for devices that are not passed through.
///
/// libvirt queries the host for the IOMMU group; here the host is not examined. On POWER hosts a
/// partitionable endpoint, which Linux maps to a group, is a PCI bus: devices of one host bus count
/// as one group.
pub(super) fn groups(completion: &Completion) -> Vec<u32> {
    if completion.machine.kind != MachineKind::Pseries {
        return Vec::new();
    }
    let mut known: HashMap<(u32, u32), u32> = HashMap::new();
    let devices = completion.domain.devices.iter();
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

#[cfg(test)]
mod tests {
    use crate::assign::example::{guest, lines};

    fn host(bus: u32, slot: u32) -> String {
        format!(
            "<hostdev mode='subsystem' type='pci'><source><address bus='{bus}' slot='{slot}'/>\
             </source></hostdev>"
        )
    }

    #[test]
    fn host_devices_of_one_host_bus_share_a_host_bridge_of_their_own() {
        let devices = [host(1, 0), host(2, 0), host(1, 1)].concat();
        assert_eq!(
            lines(&guest("ppc64 pseries", &devices), "hostdev"),
            [
                "hostdev:0 pci 0000:01:01.0",
                "hostdev:1 pci 0000:02:01.0",
                "hostdev:2 pci 0000:01:02.0"
            ]
        );
        assert_eq!(
            lines(&guest("x86_64 pc", &devices), "hostdev")[1],
            "hostdev:1 pci 0000:00:03.0"
        );
    }
}
