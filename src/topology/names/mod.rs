//! What a Linux guest will call its NICs and disks, told from where they sit.
//!
//! The rules were measured with QEMU 10.0, Debian's kernel 6.1 and systemd-udevd 252, 254 and 257
//! on i440fx and q35. Where two versions of systemd differ both answers can be asked for; where the
//! place does not decide, there is no name here. Names pinned inside the guest (a `.link` file,
//! `net.ifnames=0`) are nothing the XML shows.

mod disk;
mod disk_names;
mod nic;

use crate::model::address::Function;
use crate::topology::{NodeId, Place, Topology};

pub use disk::disk_names;
pub use disk_names::DiskNames;
pub use nic::{NicName, Scheme, nic_names};

/// Whether the guest finds a device: it looks at further functions of a slot only where function 0
/// is there, and so at every bridge above (kernel `drivers/pci/probe.c: pci_scan_slot`).
fn is_found(topology: &Topology, mut no: NodeId) -> bool {
    // No way up is longer; a ring has no end.
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
