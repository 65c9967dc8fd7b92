//! Names of NICs and disks in a Linux guest, derived from their places.
//!
//! The rules were measured with QEMU 10.0, Debian's kernel 6.1 and systemd-udevd 252, 254 and 257
//! on i440fx and q35. Where two versions of systemd differ both results are available; if the place
//! does not determine the name, there is none here. Names pinned inside the guest (a `.link` file,
//! `net.ifnames=0`) are not visible in the XML.

mod disk;
mod disk_names;
mod nic;

use crate::model::address::Function;
use crate::topology::{NodeId, Place, Topology};

pub use disk::disk_names;
pub use disk_names::DiskNames;
pub use nic::{NicName, Scheme, nic_names};

/// Whether the guest finds a device: it scans further functions of a slot only if function 0
/// exists, and likewise at every bridge above (kernel `drivers/pci/probe.c: pci_scan_slot`).
fn is_found(topology: &Topology, mut no: NodeId) -> bool {
    // No path up is longer; a loop has no end.
    for _ in topology.buses() {
        let Some(node) = topology.node(no) else { return false };
        let Some(bus) = node.bus.and_then(|bus| topology.bus(bus)) else { return true };
        if let Place::Pci(slot, function) = node.place
            && function != Function::ZERO
            && !bus.places.contains(&Place::Pci(slot, Function::ZERO))
        {
            return false;
        }
        let Some(above) = bus.parent else { return true };
        no = above;
    }
    true
}
