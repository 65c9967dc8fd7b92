//! NUMA nodes of this host's PCI devices.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::model::{Device, Domain, HostPci};

/// The PCI devices in sysfs (`Documentation/ABI/testing/sysfs-bus-pci`).
const DEVICES: &str = "/sys/bus/pci/devices";

/// The NUMA nodes of the host devices that a guest uses. Devices that are not in this host, or are
/// on no node, are left out.
pub fn numa_nodes(domain: &Domain) -> BTreeMap<HostPci, u32> {
    nodes_in(Path::new(DEVICES), domain)
}

fn nodes_in(folder: &Path, domain: &Domain) -> BTreeMap<HostPci, u32> {
    let passed_through = domain.devices.iter().filter_map(Device::host_pci);
    passed_through.filter_map(|device| Some((device, node(folder, device)?))).collect()
}

/// The node of a device; -1 means none.
fn node(folder: &Path, device: HostPci) -> Option<u32> {
    let file = folder.join(device.to_string()).join("numa_node");
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::{Document, decode::decode};

    #[test]
    fn nodes_are_those_of_passed_through_devices_that_are_here() {
        let folder = tempfile::tempdir().unwrap();
        for (device, node) in [("0000:5e:00.0", "1\n"), ("0000:5f:00.1", "-1\n")] {
            fs::create_dir(folder.path().join(device)).unwrap();
            fs::write(folder.path().join(device).join("numa_node"), node).unwrap();
        }
        let of = |bus: &str, function: u32| {
            format!(
                "<hostdev type='pci'><source><address domain='0' bus='{bus}' slot='0' \
                 function='{function}'/></source></hostdev>"
            )
        };
        let devices = [of("0x5e", 0), of("0x5f", 1), of("0x60", 0)].concat();
        let text = format!("<domain><devices>{devices}<rng/></devices></domain>");
        let domain = decode(&Document::parse(text).unwrap()).unwrap().domain;
        let nodes = nodes_in(folder.path(), &domain);
        assert_eq!(nodes, [(HostPci { bus: 0x5e, ..HostPci::default() }, 1)].into());
    }
}
